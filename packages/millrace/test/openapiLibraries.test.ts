import { toStandardJsonSchema } from '@valibot/to-json-schema'
import { type } from 'arktype'
import { App, type Schema } from 'millrace'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'

type Json = Record<string, unknown>

/** What the document says of a schema as body and as reply, and of one as query. */
function describeSchemas(
  item: Schema,
  query: Schema,
): { query: unknown; body: unknown; reply: unknown; schemas: Json } {
  const app = new App()
  app.post('/', { query, body: item, response: item }, () => new Response())
  const document = app.openapi()
  const { post } = document.paths['/'] as {
    post: { parameters: unknown; requestBody: { content: Json }; responses: { 200: { content: Json } } }
  }
  const { Problem: _, InputProblem: __, ...schemas } = (document['components'] as { schemas: Json }).schemas
  return {
    query: post.parameters,
    body: (post.requestBody.content['application/json'] as Json)['schema'],
    reply: (post.responses[200].content['application/json'] as Json)['schema'],
    schemas,
  }
}

const limit = { name: 'limit', in: 'query', schema: { type: 'integer', minimum: 1 } }
const at = { name: 'at', in: 'query', required: true, schema: { type: 'string', format: 'date-time' } }

describe('the document of an app with', () => {
  it('zod', () => {
    const item = z.object({ size: z.enum(['s', 'm']).default('s'), parsed: z.string().transform(Number) })
    const properties = {
      size: { type: 'string', enum: ['s', 'm'], default: 's' },
    }
    expect(describeSchemas(item, z.object({ limit: z.int().min(1).optional(), at: z.date() }))).toEqual({
      query: [limit, at],
      body: {
        type: 'object',
        properties: { ...properties, parsed: { type: 'string' } },
        required: ['parsed'],
      },
      reply: { type: 'object', properties: { ...properties, parsed: {} }, required: ['size', 'parsed'] },
      schemas: {},
    })
  })

  it('valibot', () => {
    const item = v.pipe(
      v.object({
        size: v.optional(v.picklist(['s', 'm']), 's'),
        parsed: v.pipe(v.string(), v.transform(Number)),
      }),
      v.title('Item'),
    )
    const query = v.object({ limit: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1))), at: v.date() })
    const properties = {
      size: { type: 'string', enum: ['s', 'm'], default: 's' },
    }
    const found = describeSchemas(toStandardJsonSchema(item), toStandardJsonSchema(query))
    expect(found).toEqual({
      query: [limit, at],
      body: { $ref: '#/components/schemas/ItemInput' },
      reply: { $ref: '#/components/schemas/ItemOutput' },
      schemas: {
        ItemInput: {
          title: 'Item',
          type: 'object',
          properties: { ...properties, parsed: { type: 'string' } },
          required: ['parsed'],
        },
        ItemOutput: {
          title: 'Item',
          type: 'object',
          properties: { ...properties, parsed: {} },
          required: ['parsed'],
        },
      },
    })
  })

  it('valibot without JSON Schema', () => {
    expect(describeSchemas(v.object({ a: v.string() }), v.object({ limit: v.number() }))).toEqual({
      query: undefined,
      body: {},
      reply: {},
      schemas: {},
    })
  })

  it('arktype', () => {
    const item = type({ 'size?': "'s' | 'm'", parsed: 'string.numeric.parse' })
    const found = describeSchemas(item, type({ 'limit?': 'number.integer >= 1', at: 'Date' }))
    const properties = { size: { enum: ['m', 's'] } }
    expect(found).toEqual({
      query: [at, limit],
      body: {
        type: 'object',
        properties: { ...properties, parsed: { type: 'string', pattern: expect.any(String) } },
        required: ['parsed'],
      },
      reply: { type: 'object', properties: { ...properties, parsed: { type: 'number' } }, required: ['parsed'] },
      schemas: {},
    })
  })

  it('what contains itself, of arktype and valibot', () => {
    const tree = type.module({ tree: { name: 'string', 'kids?': 'tree[]' } }).tree
    const found = describeSchemas(tree, type({ 'limit?': 'number.integer >= 1' }))
    expect(found.body).toEqual({ $ref: '#/components/schemas/PostRootBody' })
    expect(found.reply).toEqual({ $ref: '#/components/schemas/PostRootBody' })
    expect(found.schemas).toEqual({
      PostRootBody: {
        type: 'object',
        properties: {
          name: { type: 'string' },
          kids: { type: 'array', items: { $ref: '#/components/schemas/PostRootBody' } },
        },
        required: ['name'],
      },
    })

    interface Tree {
      kids: Tree[]
    }
    const lazy: v.GenericSchema<Tree> = v.object({ kids: v.array(v.lazy(() => lazy)) })
    expect(describeSchemas(toStandardJsonSchema(lazy), toStandardJsonSchema(v.object({}))).schemas).toEqual({
      PostRootBody: {
        type: 'object',
        properties: { kids: { type: 'array', items: { $ref: '#/components/schemas/PostRootBody' } } },
        required: ['kids'],
      },
    })
  })
})

it('takes words of ours from the metadata of valibot, too', () => {
  const app = new App()
  const openapi = { examples: { low: { value: 1 } } }
  const query = v.object({
    limit: v.pipe(v.number(), v.metadata({ openapi, deprecated: true })),
    debug: v.pipe(v.optional(v.boolean()), v.metadata({ hidden: true })),
  })
  app.get('/', { query: toStandardJsonSchema(query) }, () => 1)
  const { get } = app.openapi().paths['/'] as { get: { parameters: unknown } }
  expect(get.parameters).toEqual([
    {
      name: 'limit',
      in: 'query',
      required: true,
      deprecated: true,
      schema: { type: 'number' },
      examples: { low: { value: 1 } },
    },
  ])
})
