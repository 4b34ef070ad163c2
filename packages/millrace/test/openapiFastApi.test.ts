import { App, bytes, dependency, html, jsonl, Router, sse, text } from 'millrace'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { at, type Json, validationError } from './support/openapiDocument.ts'

// What FastAPI 0.142 writes for the same operations, by its source and its recorded documents.

const make = () => new App({ compat: 'fastapi' })

describe('the document in the form of FastAPI', () => {
  it('is the same as FastAPI writes', () => {
    const Image = z.object({ url: z.url().min(1).max(2083), name: z.string() }).meta({ id: 'Image' })
    const Item = z
      .object({
        name: z.string(),
        description: z.string().max(300).nullable().default(null).meta({ title: 'The description of the item' }),
        price: z.number().gt(0).describe('The price must be greater than zero'),
        tags: z.array(z.string()).default([]).meta({ uniqueItems: true }),
        image: Image.nullable().default(null),
      })
      .meta({ id: 'Item' })
    const app = make()
    app.put(
      '/items/:item_id',
      {
        params: z.object({ item_id: z.int().min(0).max(1000).meta({ title: 'The ID of the item' }) }),
        query: z.object({
          q: z.string().nullable().default(null),
          'item-query': z
            .string()
            .regex(/^fixedquery$/)
            .nullish()
            .meta({ description: 'What to look for', deprecated: true }),
        }),
        headers: z.object({ 'x-token': z.array(z.string()).nullable().default(null) }),
        cookies: z.object({ ads_id: z.string() }),
        body: z.object({ item: Item, importance: z.int().gt(0) }),
        response: z.array(Item),
      },
      function updateItem() {
        return []
      },
    )
    expect(app.openapi()).toEqual({
      openapi: '3.1.0',
      info: { title: 'FastAPI', version: '0.1.0' },
      paths: {
        '/items/{item_id}': {
          put: {
            summary: 'Update Item',
            operationId: 'update_item_items__item_id__put',
            parameters: [
              {
                name: 'item_id',
                in: 'path',
                required: true,
                schema: { type: 'integer', minimum: 0, maximum: 1000, title: 'The ID of the item' },
              },
              {
                name: 'q',
                in: 'query',
                required: false,
                schema: { anyOf: [{ type: 'string' }, { type: 'null' }], title: 'Q' },
              },
              {
                name: 'item-query',
                in: 'query',
                required: false,
                schema: {
                  anyOf: [{ type: 'string', pattern: '^fixedquery$' }, { type: 'null' }],
                  title: 'Item-Query',
                  description: 'What to look for',
                  deprecated: true,
                },
                description: 'What to look for',
                deprecated: true,
              },
              {
                name: 'x-token',
                in: 'header',
                required: false,
                schema: {
                  anyOf: [{ type: 'array', items: { type: 'string' } }, { type: 'null' }],
                  title: 'X-Token',
                },
              },
              { name: 'ads_id', in: 'cookie', required: true, schema: { type: 'string', title: 'Ads Id' } },
            ],
            requestBody: {
              required: true,
              content: {
                'application/json': { schema: { $ref: '#/components/schemas/Body_update_item_items__item_id__put' } },
              },
            },
            responses: {
              200: {
                description: 'Successful Response',
                content: {
                  'application/json': {
                    schema: {
                      type: 'array',
                      items: { $ref: '#/components/schemas/Item' },
                      title: 'Response Update Item Items  Item Id  Put',
                    },
                  },
                },
              },
              422: validationError,
            },
          },
        },
      },
      components: {
        schemas: {
          Body_update_item_items__item_id__put: {
            type: 'object',
            properties: {
              item: { $ref: '#/components/schemas/Item' },
              importance: { type: 'integer', exclusiveMinimum: 0, title: 'Importance' },
            },
            required: ['item', 'importance'],
            title: 'Body_update_item_items__item_id__put',
          },
          HTTPValidationError: {
            properties: {
              detail: { items: { $ref: '#/components/schemas/ValidationError' }, type: 'array', title: 'Detail' },
            },
            type: 'object',
            title: 'HTTPValidationError',
          },
          Image: {
            type: 'object',
            properties: {
              url: { type: 'string', format: 'uri', minLength: 1, maxLength: 2083, title: 'Url' },
              name: { type: 'string', title: 'Name' },
            },
            required: ['url', 'name'],
            title: 'Image',
          },
          Item: {
            type: 'object',
            properties: {
              name: { type: 'string', title: 'Name' },
              description: {
                anyOf: [{ type: 'string', maxLength: 300 }, { type: 'null' }],
                title: 'The description of the item',
              },
              price: {
                type: 'number',
                exclusiveMinimum: 0,
                title: 'Price',
                description: 'The price must be greater than zero',
              },
              tags: { items: { type: 'string' }, type: 'array', uniqueItems: true, title: 'Tags', default: [] },
              image: { anyOf: [{ $ref: '#/components/schemas/Image' }, { type: 'null' }] },
            },
            required: ['name', 'price'],
            title: 'Item',
          },
          ValidationError: {
            properties: {
              loc: { items: { anyOf: [{ type: 'string' }, { type: 'integer' }] }, type: 'array', title: 'Location' },
              msg: { type: 'string', title: 'Message' },
              type: { type: 'string', title: 'Error Type' },
              input: { title: 'Input' },
              ctx: { type: 'object', title: 'Context' },
            },
            type: 'object',
            required: ['loc', 'msg', 'type'],
            title: 'ValidationError',
          },
        },
      },
    })
  })

  it.each([
    ['readItems', '/items/', 'get', 'Read Items', 'read_items_items__get'],
    ['read_users2', '/users', 'get', 'Read Users2', 'read_users2_users_get'],
    ['readFile', '/files/*file_path', 'get', 'Read File', 'read_file_files__file_path__get'],
    ['root', '/', 'post', 'Root', 'root__post'],
  ] as const)('names an operation after its function: %s', (name, path, method, summary, operationId) => {
    const app = make()
    if (method === 'get') app.get(path, { name }, () => 1)
    else app.post(path, { name }, () => 1)
    const [item] = Object.values(app.openapi().paths) as Record<string, Json>[]
    expect([item?.[method]?.['summary'], item?.[method]?.['operationId']]).toEqual([summary, operationId])
  })

  it('keeps an id that is given, and takes that of a function of app or router', () => {
    const app = new App({ compat: 'fastapi', operationId: ({ name }) => name })
    app.get('/a', { operationId: 'some_id' }, function readA() {
      return 1
    })
    app.get('/b', function readB() {
      return 1
    })
    const operations = Object.values(app.openapi().paths).map((item) => (item as { get: Json }).get)
    expect(operations.map(({ operationId, summary }) => [operationId, summary])).toEqual([
      ['some_id', 'Read A'],
      ['readB', 'Read B'],
    ])
  })

  it('joins the lists of `openapi` with those that are there', () => {
    const app = make()
    app.get('/', { tags: ['a'], openapi: { tags: ['b'], 'x-more': [1] } }, () => 1)
    expect(at(app.openapi(), 'paths', '/', 'get')).toMatchObject({ tags: ['a', 'b'], 'x-more': [1] })
  })

  it('lists only the tags that are described, and operations under the tags of their routers', () => {
    const router = new Router({ prefix: '/users', tags: ['users'] })
    router.get('/me', { tags: ['me'] }, () => 1)
    const app = new App({ compat: 'fastapi', openapiTags: [{ name: 'users', description: 'People' }] })
    app.include(router)
    expect(app.openapi()['tags']).toEqual([{ name: 'users', description: 'People' }])
    expect(at(app.openapi(), 'paths', '/users/me', 'get', 'tags')).toEqual(['users', 'me'])
  })

  it('tells paths apart by the names of their parameters', () => {
    const app = make()
    app.get('/items/:id', () => 1)
    app.delete('/items/:key', () => 1)
    expect(Object.keys(app.openapi().paths)).toEqual(['/items/{id}', '/items/{key}'])
  })
})

describe('answers in the form of FastAPI', () => {
  const responsesOf = (spec: object, path = '/') => {
    const app = make()
    app.get(path, spec, () => new Response())
    return Object.values(app.openapi().paths).map((item) => (item as { get: Json }).get['responses'])[0]
  }
  const success = (content?: Json) => ({ description: 'Successful Response', ...(content ? { content } : {}) })
  const event = (data: Json, required?: string[]) => ({
    itemSchema: {
      type: 'object',
      properties: {
        data: { type: 'string', ...data },
        event: { type: 'string' },
        id: { type: 'string' },
        retry: { type: 'integer', minimum: 0 },
      },
      ...(required ? { required } : {}),
    },
  })

  it.each([
    ['anything', {}, { 200: success({ 'application/json': { schema: {} } }) }],
    ['text', { response: text() }, { 200: success({ 'text/plain': { schema: { type: 'string' } } }) }],
    ['HTML', { response: html() }, { 200: success({ 'text/html': { schema: { type: 'string' } } }) }],
    ['an image', { response: bytes('image/png') }, { 200: success({ 'image/png': { schema: { type: 'string' } } }) }],
    ['a stream of bytes', { response: bytes() }, { 200: success() }],
    ['a redirection', { status: 307 }, { 307: success() }],
    ['nothing', { status: 204 }, { 204: success() }],
    [
      'events',
      { response: sse(z.object({ n: z.int() }).meta({ id: 'Count' })) },
      {
        200: success({
          'text/event-stream': event(
            { contentMediaType: 'application/json', contentSchema: { $ref: '#/components/schemas/Count' } },
            ['data'],
          ),
        }),
      },
    ],
    [
      'events with names',
      { response: sse({ token: z.string() }) },
      { 200: success({ 'text/event-stream': event({}) }) },
    ],
    [
      'JSON Lines',
      { response: jsonl(z.string()) },
      { 200: success({ 'application/jsonl': { itemSchema: { type: 'string' } } }) },
    ],
    [
      'other statuses',
      {
        responses: {
          200: { description: 'The item', content: { 'image/png': {} } },
          302: { description: 'The item was moved' },
          404: z.object({ message: z.string() }).meta({ id: 'Message' }),
          422: { description: 'Own' },
          '5XX': {},
        },
      },
      {
        200: { description: 'The item', content: { 'image/png': {} } },
        302: { description: 'The item was moved' },
        404: {
          description: 'Not Found',
          content: { 'application/json': { schema: { $ref: '#/components/schemas/Message' } } },
        },
        422: { description: 'Own' },
        '5XX': { description: 'Server Error' },
      },
    ],
  ] as const)('of %s', (_name, spec, expected) => {
    expect(responsesOf(spec)).toEqual(expected)
  })

  it('have a 422 wherever there is an input, hidden ones and those of dependencies included', () => {
    const page = dependency({ query: z.object({ limit: z.int().default(10) }) }, () => 1)
    const hidden = z.object({ secret: z.string().optional().meta({ hidden: true }) })
    expect(responsesOf({}, '/:id')).toHaveProperty('422', validationError)
    expect(responsesOf({ deps: { page } })).toHaveProperty('422', validationError)
    expect(responsesOf({ query: hidden })).toHaveProperty('422', validationError)
    expect(responsesOf({ query: hidden, responses: { '4XX': {} } })).not.toHaveProperty('422')
    expect(responsesOf({ query: hidden, responses: { default: {} } })).not.toHaveProperty('422')
  })
})
