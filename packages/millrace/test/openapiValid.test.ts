import { Validator } from '@seriousme/openapi-schema-validator'
import { toStandardJsonSchema } from '@valibot/to-json-schema'
import { type } from 'arktype'
import {
  App,
  byteStream,
  bytes,
  callback,
  delimited,
  dependency,
  example,
  form,
  html,
  jsonl,
  multipart,
  parts,
  sse,
  text,
} from 'millrace'
import * as v from 'valibot'
import { expect, it } from 'vitest'
import { z } from 'zod'

/** An app with some of everything that a document can hold. */
function everything(): App {
  const Item = z.object({ name: z.string().min(1), count: z.int().default(1) }).meta({ id: 'Item' })
  const Tree = z.object({
    item: Item,
    get kids() {
      return z.array(Tree)
    },
  })
  const page = dependency(
    {
      query: z.object({
        limit: z
          .int()
          .default(10)
          .meta({ examples: [5, 10] }),
        tag: z.array(z.string()).optional(),
        // A schema of its own, in a parameter.
        size: z.enum(['small', 'large']).meta({ id: 'Size' }).optional(),
      }),
    },
    () => 1,
  )
  const app = new App({
    title: 'Everything',
    summary: 'In one',
    license: { name: 'MIT', url: 'https://example.com/mit' },
    servers: [{ url: '/v1' }],
    openapiTags: [{ name: 'items', description: 'Things', externalDocs: { url: 'https://example.com' } }],
    tags: ['items'],
  })
  app.get('/', { response: html() }, () => '')
  app.get(
    '/items/:id?',
    { deps: { page }, params: z.object({ id: z.int().optional() }), response: z.array(Item) },
    () => [],
  )
  app.put(
    '/items/:key',
    { headers: z.object({ 'if-match': z.string() }), cookies: z.object({ a: z.string() }) },
    () => 1,
  )
  app.post('/items', { status: 201, body: Item, response: Item, examples: { one: { name: 'a' } } }, ({ body }) => body)
  app.delete('/items/:id', { status: 204, responses: { 404: text() }, deprecated: true }, () => undefined)
  app.get('/files/*path', { response: bytes('image/png') }, () => new Uint8Array())
  app.post('/trees', { body: Tree, response: Tree }, () => new Response())
  app.post('/form', { body: form(v.object({ a: v.string() })) }, () => 1)
  app.post('/text', { body: text(), response: text() }, ({ body }) => body)
  app.post('/arktype', { body: type({ a: 'string', 'b?': 'number' }) }, () => 1)
  app.post('/valibot', { body: toStandardJsonSchema(v.object({ a: v.nullable(v.string()) })) }, () => 1)
  const Upload = z.object({
    photo: z.file().mime('image/png'),
    others: z.array(z.file()),
    meta: Item,
    tags: z.array(z.string()),
  })
  app.post('/uploads', { body: multipart(Upload, { types: ['image/*'] }), examples: { one: { tags: [] } } }, () => 1)
  app.post('/parts', { body: parts() }, () => 1)
  app.put('/stream', { body: byteStream('video/mp4'), decompress: true }, () => 1)
  const Find = z.object({ ids: z.array(z.int()), names: z.array(z.string()), filter: z.object({ price: z.number() }) })
  app.get('/find', { query: delimited(Find, { ids: ',', names: '|' }) }, () => 1)
  app.query('/search', { body: z.string() }, () => 1)
  app.get('/events', { response: sse({ token: z.string(), done: Item }) }, async function* () {})
  app.get('/messages', { response: sse(Tree) }, async function* () {})
  app.get('/lines', { response: jsonl(Item) }, async function* () {})
  app.webhook('itemAdded', { body: Item, responses: { 410: { description: 'Send no more' } } })
  app.post(
    '/told',
    {
      body: Item,
      callbacks: { done: callback('{$request.body#/url}', { body: Item }) },
      servers: [{ url: 'https://example.com' }],
      externalDocs: { url: 'https://example.com' },
      examples: { a: example({ summary: 'A', externalValue: 'https://example.com/a.json' }) },
      responses: {
        200: {
          headers: { 'x-left': z.int(), 'x-size': z.enum(['small', 'large']).meta({ id: 'HeaderSize' }) },
          links: { item: { operationRef: '#/paths/~1items~1%7Bid%7D/get', parameters: { id: '$response.body#/id' } } },
          content: { 'image/png': {}, 'text/csv': z.string() },
        },
        '4XX': { description: 'Your mistake', body: Item },
        default: { description: 'Else' },
      },
    },
    () => 1,
  )
  return app
}

it.each(['3.1', '3.2'] as const)('a document of OpenAPI %s is valid', async (openapiVersion) => {
  const validator = new Validator()
  const document = structuredClone(everything().openapi({ openapiVersion })) as Record<string, unknown>
  expect(await validator.validate(document)).toEqual({ valid: true })
  expect(validator.version).toBe(openapiVersion)
  // Fails where a reference leads nowhere.
  validator.resolveRefs()
})

it('every reference of a document leads to a component, and every component is referred to', () => {
  const document = everything().openapi()
  const references = [...JSON.stringify(document).matchAll(/"\$ref":"(?:#\/components\/schemas\/)?([^"]+)"/g)]
  const { schemas } = document['components'] as { schemas: object }
  expect([...new Set(references.map(([, name]) => name))].sort()).toEqual(Object.keys(schemas))
})

it('no operation id appears twice', () => {
  const ids = [...JSON.stringify(everything().openapi()).matchAll(/"operationId":"(\w+)"/g)].map(([, id]) => id)
  expect(ids.length).toBe(23)
  expect(new Set(ids).size).toBe(23)
})
