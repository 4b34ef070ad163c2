import { type } from 'arktype'
import {
  App,
  bytes,
  dependency,
  file,
  form,
  html,
  jsonl,
  type OpenApiDocument,
  Router,
  sendFile,
  sse,
  text,
} from 'millrace'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'

type Json = Record<string, unknown>

/** What stands at a path of the document. */
function at(document: OpenApiDocument, ...keys: string[]): unknown {
  return keys.reduce<unknown>((value, key) => (value as Json | undefined)?.[key], document)
}

function problem(description: string, name = 'Problem'): Json {
  const schema = { $ref: `#/components/schemas/${name}` }
  return { description, content: { 'application/problem+json': { schema } } }
}

const otherFailure = problem('Any other failure')

describe('the document', () => {
  it('of an app without operations has what OpenAPI requires', () => {
    expect(new App().openapi()).toEqual({
      openapi: '3.1.2',
      info: { title: 'Millrace API', version: '0.1.0' },
      paths: {},
    })
  })

  it('carries everything that the app says of itself', () => {
    const app = new App({
      title: 'Reviews',
      version: '2.1.0',
      summary: 'What readers wrote',
      description: 'All **reviews**.',
      termsOfService: 'https://example.com/terms',
      contact: { name: 'Desk', email: 'desk@example.com' },
      license: { name: 'MIT', identifier: 'MIT' },
      servers: [{ url: 'https://api.example.com' }],
      openapiTags: [{ name: 'later', description: 'Comes first' }],
      externalDocs: { url: 'https://example.com/docs' },
    })
    app.get('/a', { hidden: true, tags: ['hidden'] }, () => 1)
    app.get('/b', { tags: ['first', 'later'] }, () => 1)
    app.get('/c', { tags: ['second', 'first'] }, () => 1)
    const { paths, components, ...rest } = app.openapi({ openapiVersion: '3.2' })
    expect(rest).toEqual({
      openapi: '3.2.0',
      info: {
        title: 'Reviews',
        version: '2.1.0',
        summary: 'What readers wrote',
        description: 'All **reviews**.',
        termsOfService: 'https://example.com/terms',
        contact: { name: 'Desk', email: 'desk@example.com' },
        license: { name: 'MIT', identifier: 'MIT' },
      },
      servers: [{ url: 'https://api.example.com' }],
      tags: [{ name: 'later', description: 'Comes first' }, { name: 'first' }, { name: 'second' }],
      externalDocs: { url: 'https://example.com/docs' },
    })
    expect(Object.keys(paths)).toEqual(['/b', '/c'])
    expect(Object.keys(at({ paths, components, openapi: '' }, 'components', 'schemas') as Json)).toEqual(['Problem'])
  })

  it('is written anew when an operation is added', () => {
    const app = new App()
    app.get('/a', () => 1)
    expect(Object.keys(app.openapi().paths)).toEqual(['/a'])
    app.get('/b', () => 1)
    expect(Object.keys(app.openapi().paths)).toEqual(['/a', '/b'])
  })
})

describe('an operation', () => {
  it('is written whole', () => {
    const app = new App({ tags: ['api'] })
    app.post(
      '/shops/:shop/reviews',
      {
        tags: ['reviews'],
        summary: 'Add a review',
        description: 'It is *checked*.',
        operationId: 'addReview',
        deprecated: true,
        status: 201,
        params: z.object({ shop: z.string().min(2) }),
        body: z.object({ text: z.string(), stars: z.int().min(1).max(5).default(3) }),
        response: z.object({ id: z.int() }),
        responses: { 409: z.object({ code: z.literal('taken') }), 404: text() },
        examples: { short: { text: 'Good' }, long: { text: 'Very good', stars: 5 } },
        openapi: { 'x-cost': 3, requestBody: { description: 'The review' }, tags: ['other'] },
      },
      () => ({ id: 1 }),
    )
    expect(app.openapi().paths).toEqual({
      '/shops/{shop}/reviews': {
        post: {
          tags: ['other'],
          summary: 'Add a review',
          description: 'It is *checked*.',
          operationId: 'addReview',
          deprecated: true,
          parameters: [{ name: 'shop', in: 'path', required: true, schema: { type: 'string', minLength: 2 } }],
          requestBody: {
            description: 'The review',
            required: true,
            content: {
              'application/json': {
                schema: {
                  type: 'object',
                  properties: {
                    text: { type: 'string' },
                    stars: { type: 'integer', minimum: 1, maximum: 5, default: 3 },
                  },
                  required: ['text'],
                },
                examples: { short: { value: { text: 'Good' } }, long: { value: { text: 'Very good', stars: 5 } } },
              },
            },
          },
          responses: {
            201: {
              description: 'Created',
              content: {
                'application/json': {
                  schema: { type: 'object', properties: { id: { type: 'integer' } }, required: ['id'] },
                },
              },
            },
            404: { description: 'Not Found', content: { 'text/plain': { schema: { type: 'string' } } } },
            409: {
              description: 'Conflict',
              content: {
                'application/json': {
                  schema: {
                    type: 'object',
                    properties: { code: { type: 'string', const: 'taken' } },
                    required: ['code'],
                  },
                },
              },
            },
            413: problem('The body is larger than 1048576 bytes'),
            415: problem('The body is not of type application/json'),
            422: problem('Inputs are not valid', 'InputProblem'),
            default: otherFailure,
          },
          'x-cost': 3,
        },
      },
    })
  })

  it('without a spec has a summary in words, and any content', () => {
    const app = new App()
    app.get('/user-groups/:id', () => 'hello')
    expect(app.openapi().paths).toEqual({
      '/user-groups/{id}': {
        get: {
          summary: 'Get user groups by id',
          operationId: 'getUserGroupsById',
          parameters: [{ name: 'id', in: 'path', required: true, schema: { type: 'string' } }],
          responses: {
            200: { description: 'Success', content: { '*/*': { schema: {} } } },
            default: otherFailure,
          },
        },
      },
    })
  })

  it('has parameters from all locations and from its dependencies, each once', () => {
    const inner = dependency(
      { headers: z.object({ 'x-tenant': z.string().describe('Whose data'), authorization: z.string() }) },
      () => 1,
    )
    const page = dependency(
      {
        query: z.object({
          q: z.string(),
          limit: z.int().max(50).default(10).describe('How many at most'),
          after: z
            .string()
            .optional()
            .meta({ deprecated: true, examples: ['a1'] }),
          tag: z
            .array(z.enum(['a', 'b']))
            .optional()
            .meta({ examples: [['a'], ['a', 'b']] }),
        }),
        deps: { inner },
      },
      () => 2,
    )
    const app = new App({ deps: { page } })
    app.get(
      '/items',
      {
        query: z.object({ q: z.string().min(1).optional() }),
        headers: z.object({ 'X-Tenant': z.string().optional() }),
        cookies: z.object({ session: z.uuid() }),
      },
      () => 1,
    )
    expect(at(app.openapi(), 'paths', '/items', 'get', 'parameters')).toEqual([
      { name: 'q', in: 'query', required: true, schema: { type: 'string', minLength: 1 } },
      {
        name: 'limit',
        in: 'query',
        description: 'How many at most',
        schema: { type: 'integer', maximum: 50, default: 10 },
      },
      { name: 'after', in: 'query', deprecated: true, schema: { type: 'string' }, example: 'a1' },
      {
        name: 'tag',
        in: 'query',
        schema: { type: 'array', items: { type: 'string', enum: ['a', 'b'] } },
        examples: { example1: { value: ['a'] }, example2: { value: ['a', 'b'] } },
      },
      { name: 'X-Tenant', in: 'header', required: true, schema: { type: 'string' } },
      {
        name: 'session',
        in: 'cookie',
        required: true,
        schema: {
          type: 'string',
          format: 'uuid',
          pattern: expect.stringContaining('[0-9a-fA-F]{8}'),
        },
      },
    ])
  })

  it('takes nothing from dependencies of scope app', () => {
    const model = dependency({ scope: 'app' }, () => 1)
    const app = new App()
    app.get('/', { deps: { model } }, () => 1)
    expect(Object.keys(at(app.openapi(), 'paths', '/', 'get') as Json)).toEqual(['summary', 'operationId', 'responses'])
  })

  it('tells of 422 where a dependency alone declares inputs', () => {
    const page = dependency({ query: z.object({ limit: z.int().optional() }) }, () => 1)
    const app = new App()
    app.get('/', { deps: { page } }, () => 1)
    expect(at(app.openapi(), 'paths', '/', 'get', 'responses', '422')).toEqual(
      problem('Inputs are not valid', 'InputProblem'),
    )
  })

  it('keeps what was declared for a status that Millrace answers with, too', () => {
    const app = new App()
    app.post('/', { body: z.string(), responses: { 422: z.object({ why: z.string() }) } }, () => 1)
    expect(at(app.openapi(), 'paths', '/', 'post', 'responses', '422')).toEqual({
      description: 'Unprocessable Content',
      content: {
        'application/problem+json': { schema: { $ref: '#/components/schemas/InputProblem' } },
        'application/json': {
          schema: { type: 'object', properties: { why: { type: 'string' } }, required: ['why'] },
        },
      },
    })
  })
})

describe('a path', () => {
  it('with an optional parameter stands twice, each with an id of its own', () => {
    const app = new App()
    app.get('/items/:id?', { params: z.object({ id: z.int().optional() }) }, () => 1)
    const { paths } = app.openapi()
    expect(Object.keys(paths)).toEqual(['/items/{id}', '/items'])
    expect(at(app.openapi(), 'paths', '/items/{id}', 'get', 'operationId')).toBe('getItemsById')
    expect(at(app.openapi(), 'paths', '/items/{id}', 'get', 'parameters')).toEqual([
      { name: 'id', in: 'path', required: true, schema: { type: 'integer' } },
    ])
    expect(at(app.openapi(), 'paths', '/items', 'get', 'operationId')).toBe('getItemsByIdWithoutId')
    expect(at(app.openapi(), 'paths', '/items', 'get', 'parameters')).toBeUndefined()
  })

  it('with an optional parameter leaves its short form to the operation that stands there', () => {
    const app = new App()
    app.get('/items/:id?', () => 1)
    app.get('/items', { operationId: 'listItems' }, () => 1)
    expect(at(app.openapi(), 'paths', '/items', 'get', 'operationId')).toBe('listItems')
  })

  it('with a rest parameter has it as one', () => {
    const app = new App()
    app.get('/files/*path', () => 1)
    expect(at(app.openapi(), 'paths', '/files/{path}', 'get', 'parameters')).toEqual([
      { name: 'path', in: 'path', required: true, schema: { type: 'string' } },
    ])
  })

  it('is one path where two operations name its parameter differently', () => {
    const app = new App()
    app.get('/items/:id', () => 1)
    app.delete('/items/:key', { params: z.object({ key: z.int() }) }, () => 1)
    expect(Object.keys(app.openapi().paths)).toEqual(['/items/{id}'])
    expect(at(app.openapi(), 'paths', '/items/{id}', 'delete', 'parameters')).toEqual([
      { name: 'id', in: 'path', required: true, schema: { type: 'integer' } },
    ])
  })

  it('has the prefixes of its routers', () => {
    const router = new Router({ prefix: '/inner' })
    router.get('/', () => 1)
    const app = new App()
    app.include(router, { prefix: '/outer' })
    expect(Object.keys(app.openapi().paths)).toEqual(['/outer/inner'])
  })

  it('takes the method QUERY where OpenAPI knows it', () => {
    const app = new App()
    app.query('/search', { body: z.string() }, () => 1)
    expect(Object.keys(at(app.openapi(), 'paths', '/search') as Json)).toEqual(['x-query'])
    expect(Object.keys(at(app.openapi({ openapiVersion: '3.2' }), 'paths', '/search') as Json)).toEqual(['query'])
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

describe('a reply', () => {
  const replyOf = (app: App, version: '3.1' | '3.2' = '3.1', status = '200') =>
    at(app.openapi({ openapiVersion: version }), 'paths', '/', 'get', 'responses', status)

  it.each([
    ['text', text(), 'text/plain', { type: 'string' }],
    ['HTML', html(), 'text/html', { type: 'string' }],
    ['an image', bytes('image/png'), 'image/png', { type: 'string', format: 'binary' }],
  ])('of %s has its media type', (_name, response, mediaType, schema) => {
    const app = new App()
    app.get('/', { response }, () => new Response())
    expect(replyOf(app)).toEqual({ description: 'Success', content: { [mediaType]: { schema } } })
  })

  it('of a file may come in parts, or not at all', () => {
    const app = new App()
    app.get('/', { response: file('application/pdf') }, () => sendFile('report.pdf'))
    const schema = { type: 'string', format: 'binary' }
    expect(replyOf(app)).toEqual({ description: 'Success', content: { 'application/pdf': { schema } } })
    expect(replyOf(app, '3.1', '206')).toEqual({
      description: 'The parts that the header `range` asks for',
      content: { 'application/pdf': { schema }, 'multipart/byteranges': { schema } },
    })
    expect(replyOf(app, '3.1', '304')).toEqual({ description: 'The client has it already' })
  })

  it('that may have no body has none', () => {
    const app = new App()
    app.get('/', { status: 204 }, () => undefined)
    expect(replyOf(app, '3.1', '204')).toEqual({ description: 'No content' })
  })

  const data = (contentSchema: Json) => ({ type: 'string', contentMediaType: 'application/json', contentSchema })
  const failed = {
    title: 'error',
    type: 'object',
    properties: { event: { type: 'string', const: 'error' }, data: data({ $ref: '#/components/schemas/Problem' }) },
    required: ['event', 'data'],
  }
  const last = 'A failure after the first event is a last event `error` with a problem object.'

  it('of server-sent events has the schema of one event', () => {
    const app = new App()
    app.get('/', { response: sse(z.object({ n: z.int() })) }, async function* () {
      yield { n: 1 }
    })
    const itemSchema = {
      oneOf: [
        {
          title: 'message',
          type: 'object',
          properties: {
            event: { type: 'string', const: 'message' },
            data: data({ type: 'object', properties: { n: { type: 'integer' } }, required: ['n'] }),
          },
          required: ['data'],
        },
        failed,
      ],
    }
    const description = `Server-sent events, each with the JSON of an item as its data. ${last}`
    expect(replyOf(app, '3.2')).toEqual({ description, content: { 'text/event-stream': { itemSchema } } })
    expect(replyOf(app, '3.1')).toEqual({
      description,
      content: {
        'text/event-stream': { schema: { type: 'string', contentMediaType: 'text/event-stream', itemSchema } },
      },
    })
  })

  it('of named events has a schema for each of them', () => {
    const app = new App()
    app.get('/', { response: sse({ token: z.string(), done: z.object({ tokens: z.int() }) }) }, async function* () {
      yield { event: 'token', data: 'a' }
    })
    const named = (name: string, schema: Json) => ({
      title: name,
      type: 'object',
      properties: {
        event: { type: 'string', const: name },
        data: data(schema),
        id: { type: 'string' },
        retry: { type: 'integer', minimum: 0 },
      },
      required: ['event', 'data'],
    })
    expect(replyOf(app, '3.2')).toEqual({
      description: `Server-sent events \`token\`, \`done\`, each with JSON as its data. ${last}`,
      content: {
        'text/event-stream': {
          itemSchema: {
            oneOf: [
              named('token', { type: 'string' }),
              named('done', { type: 'object', properties: { tokens: { type: 'integer' } }, required: ['tokens'] }),
              failed,
            ],
          },
        },
      },
    })
  })

  it('of JSON Lines has the schema of one item', () => {
    const app = new App()
    app.get('/', { response: jsonl(z.int()) }, async function* () {
      yield 1
    })
    expect(at(app.openapi({ openapiVersion: '3.2' }), 'paths', '/', 'get', 'responses', '200', 'content')).toEqual({
      'application/jsonl': { itemSchema: { type: 'integer' } },
    })
    expect(at(app.openapi(), 'paths', '/', 'get', 'responses', '200', 'content')).toEqual({
      'application/jsonl': {
        schema: { type: 'string', contentMediaType: 'application/jsonl', itemSchema: { type: 'integer' } },
      },
    })
  })
})

describe('what JSON has no type for', () => {
  it('is described as answers write it', async () => {
    const app = new App()
    const response = z.object({
      at: z.date(),
      big: z.bigint(),
      map: z.map(z.string(), z.number()),
      set: z.set(z.date()),
    })
    const value = { at: new Date(0), big: 5n, map: new Map([['a', 1]]), set: new Set([new Date(0)]) }
    app.get('/', { response }, () => value)
    expect(await (await app.request('/')).json()).toEqual({
      at: '1970-01-01T00:00:00.000Z',
      big: '5',
      map: { a: 1 },
      set: ['1970-01-01T00:00:00.000Z'],
    })
    const { paths } = app.openapi() as { paths: Record<string, { get: { responses: Record<string, unknown> } }> }
    const date = { type: 'string', format: 'date-time' }
    expect(paths['/']?.get.responses['200']).toMatchObject({
      content: {
        'application/json': {
          schema: {
            properties: {
              at: date,
              big: { type: 'string', pattern: '^-?[0-9]+$' },
              map: { type: 'object', additionalProperties: { type: 'number' } },
              set: { type: 'array', items: date },
            },
          },
        },
      },
    })
    expect(JSON.stringify(app.openapi())).not.toContain('x-millrace')
  })

  it.each([
    ['Date', { body: z.object({ deep: z.array(z.object({ at: z.date() })) }) }, "'body' of POST / wants a Date"],
    ['Date, by arktype', { body: type({ at: 'Date' }) }, "'body' of POST / wants a Date"],
    ['BigInt', { body: z.union([z.bigint(), z.object({ n: z.bigint() })]) }, "'body' of POST / wants a BigInt"],
    ['Map', { body: z.map(z.string(), z.string()) }, "'body' of POST / wants a Map"],
    ['object in headers', { headers: z.object({ a: z.object({}) }) }, "'a' in 'headers' of POST / wants an object"],
    ['Map in a form', { body: form(z.object({ a: z.map(z.string(), z.int()) })) }, "'a' in 'body' of POST / wants"],
    [
      'object in the query of a dependency',
      { deps: { filter: dependency({ label: 'filter', query: z.object({ a: z.set(z.string()) }) }, () => 1) } },
      "'a' in 'query' of 'filter' wants an object",
    ],
  ])('is refused at start-up where no request can give it: %s', (_name, spec, message) => {
    const app = new App()
    app.post('/', spec, () => 1)
    expect(() => app.plans).toThrow(expect.objectContaining({ code: 'malformed_spec' }))
    expect(() => app.plans).toThrow(message)
  })

  it('is accepted where a request can give it in another way', () => {
    const app = new App()
    const body = z.object({
      at: z.coerce.date(),
      since: z.union([z.date(), z.string()]),
      before: z.preprocess((text) => new Date(String(text)), z.date()),
      until: z.iso.datetime().transform((text) => new Date(text)),
    })
    const query = z.object({
      filter: z.preprocess((text) => JSON.parse(String(text)), z.object({ a: z.number() })),
      page: z.number().nullable(),
      at: z.date(),
    })
    app.post('/', { body, query }, () => 1)
    expect(app.plans.length).toBeGreaterThan(0)
  })
})
