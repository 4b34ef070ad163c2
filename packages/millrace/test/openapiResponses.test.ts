import { App, bytes, example, html, Router, reply, text } from 'millrace'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { at, type Json } from './support/openapiDocument.ts'
import { describeTransports } from './support/serve.ts'

const responsesOf = (app: App, path = '/', method = 'get') =>
  at(app.openapi(), 'paths', path, method, 'responses') as Json

const problem = { schema: { $ref: '#/components/schemas/Problem' } }
const Item = z.object({ id: z.string() }).meta({ id: 'Item' })
const itemSchema = { $ref: '#/components/schemas/Item' }

describe('what is said of a status', () => {
  it('adds words, headers, links and examples to the success answer', () => {
    const app = new App()
    app.get(
      '/',
      {
        response: Item,
        responses: {
          200: {
            description: 'The item',
            headers: {
              'x-rate': z.int().min(0).describe('What is left'),
              'x-old': { deprecated: true, schema: { type: 'string' } },
            },
            links: { next: { operationId: 'getNext', parameters: { id: '$response.body#/id' } } },
            examples: {
              plain: { id: 'a' },
              told: example({ summary: 'Told', description: 'With *words*.', value: { id: 'b' } }),
              elsewhere: example({ externalValue: 'https://example.com/c.json' }),
            },
          },
        },
      },
      () => ({ id: 'a' }),
    )
    expect(responsesOf(app)['200']).toEqual({
      description: 'The item',
      headers: {
        'x-rate': { description: 'What is left', schema: { type: 'integer', minimum: 0 } },
        'x-old': { deprecated: true, schema: { type: 'string' } },
      },
      content: {
        'application/json': {
          schema: itemSchema,
          examples: {
            plain: { value: { id: 'a' } },
            told: { summary: 'Told', description: 'With *words*.', value: { id: 'b' } },
            elsewhere: { externalValue: 'https://example.com/c.json' },
          },
        },
      },
      links: { next: { operationId: 'getNext', parameters: { id: '$response.body#/id' } } },
    })
  })

  it('puts other media types beside that of the schema, and words into it', () => {
    const app = new App()
    app.get(
      '/',
      {
        response: Item,
        responses: {
          200: {
            content: {
              'application/json': { example: { id: 'b' } },
              'image/png': {},
              'text/csv': z.string(),
              'application/xml': { schema: Item, example: '<item/>' },
            },
          },
        },
      },
      () => ({ id: 'a' }),
    )
    expect(responsesOf(app)['200']).toEqual({
      description: 'Success',
      content: {
        'application/json': { schema: itemSchema, example: { id: 'b' } },
        'image/png': {},
        'text/csv': { schema: { type: 'string' } },
        'application/xml': { schema: itemSchema, example: '<item/>' },
      },
    })
  })

  it('may be all there is: of an answer without a schema, of ranges, of what is not named', () => {
    const app = new App()
    app.get(
      '/',
      {
        responses: {
          200: { content: { 'image/png': {} } },
          302: { description: 'The item was moved' },
          404: { description: 'No such item', body: Item },
          406: { body: text() },
          '4XX': { description: 'Your mistake' },
          '5XX': html(),
          default: { description: 'Whatever else' },
        },
      },
      () => 1,
    )
    expect(responsesOf(app)).toEqual({
      200: { description: 'Success', content: { 'image/png': {} } },
      302: { description: 'The item was moved' },
      404: { description: 'No such item', content: { 'application/json': { schema: itemSchema } } },
      406: { description: 'Not Acceptable', content: { 'text/plain': { schema: { type: 'string' } } } },
      '4XX': { description: 'Your mistake' },
      '5XX': { description: 'Server error', content: { 'text/html': { schema: { type: 'string' } } } },
      default: { description: 'Whatever else', content: { 'application/problem+json': problem } },
    })
  })

  it('comes from app and routers, the nearest first to be heard', () => {
    const router = new Router({ responses: { 404: { description: 'Not in this part' } } })
    router.get('/', { responses: { 409: { description: 'Taken' } } }, () => 1)
    const app = new App({ responses: { 404: { description: 'Nowhere' }, '5XX': { description: 'Ours' } } })
    app.include(router)
    const described = Object.entries(responsesOf(app)).map(([key, entry]) => [key, (entry as Json)['description']])
    expect(Object.fromEntries(described)).toEqual({
      200: 'Success',
      404: 'Not in this part',
      409: 'Taken',
      '5XX': 'Ours',
      default: 'Any other failure',
    })
  })

  it.each(['4xx', '600', 'all', '42'])('is refused for what is no status: %s', (key) => {
    const app = new App()
    app.get('/', { responses: { [key]: { description: 'x' } } }, () => 1)
    expect(() => app.plans).toThrow(`GET / cannot answer with the status ${key}`)
  })
})

describeTransports('a status that is described', (serve) => {
  it('holds the handler to its body, where it has one', async () => {
    const app = new App()
    app.get(
      '/:status',
      {
        response: Item,
        responses: { 404: { description: 'Gone', body: z.object({ why: z.string() }) }, 409: { description: 'Any' } },
      },
      ({ params }) =>
        params.status === '404' ? reply(404, { why: 'lost', more: 1 } as { why: string }) : reply(409, 'x'),
    )
    const { request } = await serve(app)
    expect(await (await request('/404')).json()).toEqual({ why: 'lost' })
    const other = await request('/409')
    expect([other.status, await other.text()]).toEqual([409, 'x'])
  })
})

describe('an operation', () => {
  it('has servers and docs of its own, and named examples of its body', () => {
    const app = new App()
    app.post(
      '/',
      {
        body: z.string(),
        servers: [{ url: 'https://upload.example.com' }],
        externalDocs: { url: 'https://example.com/docs', description: 'More' },
        examples: { short: example({ summary: 'Short', value: 'a' }), long: 'aaaa' },
      },
      () => 1,
    )
    const operation = at(app.openapi(), 'paths', '/', 'post') as Json
    expect(operation['servers']).toEqual([{ url: 'https://upload.example.com' }])
    expect(operation['externalDocs']).toEqual({ url: 'https://example.com/docs', description: 'More' })
    expect(operation['requestBody']).toMatchObject({
      content: {
        'application/json': { examples: { short: { summary: 'Short', value: 'a' }, long: { value: 'aaaa' } } },
      },
    })
  })

  it('has ids from the function of its router or app, unless it gives its own', () => {
    const router = new Router({ prefix: '/r', operationId: ({ name }) => `router_${name}` })
    router.get('/a/:id', { name: 'readA' }, () => 1)
    const app = new App({
      tags: ['all'],
      operationId: ({ method, path, name, tags }) => `${method} ${path} ${name} ${tags}`,
    })
    app.include(router)
    app.get('/b', { tags: ['b'] }, function readB() {
      return 1
    })
    app.get('/c', { operationId: 'own' }, () => 1)
    app.get('/d', () => 1)
    const ids = Object.values(app.openapi().paths).map((item) => (item as { get: Json }).get['operationId'])
    expect(ids).toEqual(['router_readA', 'GET /b readB all,b', 'own', 'GET /d getD all'])
  })

  it('is deprecated or hidden with its router, unless it says otherwise', () => {
    const router = new Router({ hidden: true, deprecated: true })
    router.get('/a', () => 1)
    router.get('/b', { hidden: false }, () => 1)
    router.get('/c', { hidden: false, deprecated: false }, () => 1)
    const app = new App()
    app.include(router)
    const { paths } = app.openapi()
    expect(Object.keys(paths)).toEqual(['/b', '/c'])
    expect([
      at(app.openapi(), 'paths', '/b', 'get', 'deprecated'),
      at(app.openapi(), 'paths', '/c', 'get', 'deprecated'),
    ]).toEqual([true, undefined])
  })

  it('of raw bytes may have its body described by hand', () => {
    const app = new App()
    const schema = { type: 'object', properties: { tags: { type: 'array' } } }
    const openapi = { requestBody: { required: true, content: { 'application/yaml': { schema } } } }
    app.post('/', { body: bytes('application/yaml'), openapi }, () => 1)
    expect(at(app.openapi(), 'paths', '/', 'post', 'requestBody')).toEqual(openapi.requestBody)
  })

  it('loses what `openapi` says is undefined', () => {
    const app = new App()
    app.get('/', { openapi: { summary: undefined, responses: { default: undefined } } }, () => 1)
    expect(app.openapi().paths).toEqual({
      '/': {
        get: {
          operationId: 'getRoot',
          responses: { 200: { description: 'Success', content: { '*/*': { schema: {} } } } },
        },
      },
    })
  })
})

describe('a parameter', () => {
  it('is left out, or has more said of it, by its metadata', () => {
    const app = new App()
    app.get(
      '/',
      {
        query: z.object({
          secret: z.string().optional().meta({ hidden: true }),
          before: z.url().meta({ hidden: true }).nullish(),
          sort: z
            .enum(['up', 'down'])
            .default('up')
            .meta({
              deprecated: true,
              openapi: { examples: { rising: { summary: 'The least first', value: 'up' } }, 'x-rank': 1 },
            }),
        }),
      },
      () => 1,
    )
    expect(at(app.openapi(), 'paths', '/', 'get', 'parameters')).toEqual([
      {
        name: 'sort',
        in: 'query',
        deprecated: true,
        schema: { type: 'string', enum: ['up', 'down'], default: 'up' },
        examples: { rising: { summary: 'The least first', value: 'up' } },
        'x-rank': 1,
      },
    ])
  })
})
