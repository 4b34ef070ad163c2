import { toStandardJsonSchema } from '@valibot/to-json-schema'
import { type } from 'arktype'
import { App, type BodyKind, byteStream, multipart, parts } from 'millrace'
import * as v from 'valibot'
import { expect, it } from 'vitest'
import { z } from 'zod'

/** What the document says of an operation with a body. */
function documented(body: BodyKind): unknown {
  const app = new App()
  app.post('/', { body }, () => 1)
  const { paths } = app.openapi() as unknown as { paths: { '/': { post: { requestBody: unknown } } } }
  return paths['/'].post.requestBody
}

const file = { type: 'string', format: 'binary', contentMediaType: 'application/octet-stream' }

it('a multipart body has the schemas of its fields and files, and tells which parts are JSON', () => {
  const body = multipart(
    z.object({
      title: z.string(),
      photo: z.file().max(10).mime(['image/png', 'image/jpeg']),
      others: z.array(z.file()),
      meta: z.object({ a: z.int() }).optional(),
      points: z.array(z.object({ x: z.number() })).optional(),
    }),
  )
  expect(documented(body)).toEqual({
    required: true,
    content: {
      'multipart/form-data': {
        schema: {
          type: 'object',
          properties: {
            title: { type: 'string' },
            photo: {
              type: 'string',
              format: 'binary',
              maxLength: 10,
              anyOf: [{ contentMediaType: 'image/png' }, { contentMediaType: 'image/jpeg' }],
            },
            others: { type: 'array', items: file },
            meta: { type: 'object', properties: { a: { type: 'integer' } }, required: ['a'] },
            points: {
              type: 'array',
              items: { type: 'object', properties: { x: { type: 'number' } }, required: ['x'] },
            },
          },
          required: ['title', 'photo', 'others'],
        },
        encoding: {
          photo: { contentType: 'image/png, image/jpeg' },
          meta: { contentType: 'application/json' },
          points: { contentType: 'application/json' },
        },
      },
    },
  })
})

it('the types that files may have are told, where they are an option', () => {
  expect(documented(multipart(z.object({ file: z.file().optional() }), { types: ['image/*'] }))).toEqual({
    required: false,
    content: {
      'multipart/form-data': {
        schema: { type: 'object', properties: { file } },
        encoding: { file: { contentType: 'image/*' } },
      },
    },
  })
})

it.each([
  ['valibot', toStandardJsonSchema(v.object({ file: v.pipe(v.file(), v.mimeType(['image/png'])), n: v.number() }))],
  ['arktype', type({ file: 'File', n: 'number' })],
])('the files of %s are files', (_library, schema) => {
  expect(documented(multipart(schema))).toMatchObject({
    content: { 'multipart/form-data': { schema: { properties: { file, n: { type: 'number' } } } } },
  })
})

it('bodies that are read as they come have no schema of their own', () => {
  expect(documented(parts())).toEqual({
    required: true,
    content: { 'multipart/form-data': { schema: { type: 'object' } } },
  })
  expect(documented(byteStream('video/mp4'))).toEqual({
    required: true,
    content: { 'video/mp4': { schema: { type: 'string', format: 'binary' } } },
  })
})
