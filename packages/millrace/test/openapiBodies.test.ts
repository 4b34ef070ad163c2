import { toStandardJsonSchema } from '@valibot/to-json-schema'
import { type } from 'arktype'
import { App, type BodyKind, byteStream, bytes, form, multipart, parts, text } from 'millrace'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { at, type Json } from './support/openapiDocument.ts'

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

describe('a request body', () => {
  const bodyOf = (app: App) => at(app.openapi(), 'paths', '/', 'post', 'requestBody')

  it.each([
    ['form', () => form(z.object({ a: z.string() })), 'application/x-www-form-urlencoded', true],
    [
      'form of nothing but optional fields',
      () => form(z.object({ a: z.string().optional() })),
      'application/x-www-form-urlencoded',
      false,
    ],
    ['JSON', () => z.object({ a: z.string() }), 'application/json', true],
    ['JSON that may be left out', () => z.object({ a: z.string() }).optional(), 'application/json', false],
    ['JSON with a default', () => z.object({ a: z.string() }).default({ a: '' }), 'application/json', false],
    [
      'JSON whose check answers later',
      () => z.object({ a: z.string() }).refine(async () => true),
      'application/json',
      true,
    ],
  ] as const)('of %s says whether it is required', (_name, body, mediaType, required) => {
    const app = new App()
    app.post('/', { body: body() as z.ZodType }, () => 1)
    const written = bodyOf(app) as { required: boolean; content: Json }
    expect([written.required, Object.keys(written.content)]).toEqual([required, [mediaType]])
  })

  it('of text and of bytes has no problem of types', () => {
    const app = new App()
    app.post('/', { body: text() }, () => 1)
    app.post('/raw', { body: bytes() }, () => 1)
    expect(bodyOf(app)).toEqual({ required: true, content: { 'text/plain': { schema: { type: 'string' } } } })
    expect(at(app.openapi(), 'paths', '/raw', 'post', 'requestBody')).toEqual({
      required: true,
      content: { 'application/octet-stream': { schema: { type: 'string', format: 'binary' } } },
    })
    expect(Object.keys(at(app.openapi(), 'paths', '/', 'post', 'responses') as Json)).toEqual([
      '200',
      '413',
      '415',
      'default',
    ])
    expect(Object.keys(at(app.openapi(), 'paths', '/raw', 'post', 'responses') as Json)).toEqual([
      '200',
      '413',
      'default',
    ])
  })
})
