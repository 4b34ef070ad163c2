import { App, dependency, Router, text } from 'millrace'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { at, type Json, otherFailure, problem } from './support/openapiDocument.ts'

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
