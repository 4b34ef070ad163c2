import { toStandardJsonSchema } from '@valibot/to-json-schema'
import { type } from 'arktype'
import { App, delimited, dependency, form, type Schema } from 'millrace'
import { createClient } from 'millrace/client'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { describeTransports } from './support/serve.ts'

const send = async (
  request: (path: string, init?: RequestInit) => Promise<Response>,
  path: string,
  init?: RequestInit,
) => {
  const response = await request(path, init)
  const body = (await response.json()) as { code: string; detail: string; errors?: { path: unknown[]; code: string }[] }
  if (response.status === 200) return body
  return body.errors?.map(({ path, code }) => [path.join('.'), code]) ?? [response.status, body.code, body.detail]
}

describeTransports('lists in one value', (serve) => {
  it('are split where the schema is delimited, and may still be repeated', async () => {
    const app = new App()
    const query = delimited(
      z.object({
        ids: z.array(z.int()).optional(),
        names: z.array(z.string()).optional(),
        sizes: z.array(z.number()).optional(),
        tags: z.array(z.string()).optional(),
      }),
      { ids: ',', names: '|', sizes: ' ' },
    )
    app.get('/', { query }, (context) => context.query)
    const { request } = await serve(app)
    const read = (text: string) => send(request, `/?${text}`)
    expect(await read('ids=1,2,3&names=a|b&sizes=1.5%202&tags=a,b')).toEqual({
      ids: [1, 2, 3],
      names: ['a', 'b'],
      sizes: [1.5, 2],
      tags: ['a,b'],
    })
    expect(await read('ids=1%2C2&ids=3')).toEqual({ ids: [1, 2, 3] })
    expect(await read('ids=')).toEqual({ ids: [] })
    expect(await read('ids=7')).toEqual({ ids: [7] })
    expect(await read('names=a||b')).toEqual({ names: ['a', '', 'b'] })
    expect(await read('ids=1,x,3')).toEqual([['ids.1', 'invalid_type']])
  })

  it('are in cookies, too, and in the query of a dependency', async () => {
    const app = new App()
    const cookies = delimited(z.object({ seen: z.array(z.int()) }), { seen: ',' })
    const ids = dependency(
      { query: delimited(z.strictObject({ ids: z.array(z.int()) }), { ids: ',' }) },
      ({ query }) => query.ids,
    )
    app.get('/', { cookies, deps: { ids } }, ({ cookies: { seen }, ids }) => ({ seen, ids }))
    const { request } = await serve(app)
    expect(await send(request, '/?ids=1,2', { headers: { cookie: 'seen=3,4' } })).toEqual({ seen: [3, 4], ids: [1, 2] })
  })
})

const Filter = z.object({
  price: z.object({ gt: z.number().optional(), lt: z.number().optional() }).optional(),
  tags: z.array(z.string()).optional(),
  open: z.boolean().optional(),
})

describeTransports('objects in a query', (serve) => {
  it('are gathered from their members, and coerced', async () => {
    const app = new App()
    app.get(
      '/',
      { query: z.strictObject({ filter: Filter.optional(), page: z.int().default(1) }) },
      ({ query }) => query,
    )
    const { request } = await serve(app)
    const read = (text: string) => send(request, `/?${text}`)
    expect(await read('filter[price][gt]=3&filter%5Bprice%5D%5Blt%5D=4.5&filter[open]=1&page=2')).toEqual({
      filter: { price: { gt: 3, lt: 4.5 }, open: true },
      page: 2,
    })
    for (const tags of [
      'filter[tags]=a&filter[tags]=b',
      'filter[tags][]=a&filter[tags][]=b',
      'filter[tags][1]=b&filter[tags][0]=a',
    ])
      expect(await read(tags)).toEqual({ filter: { tags: ['a', 'b'] }, page: 1 })
    expect(await read('filter[tags]=a')).toEqual({ filter: { tags: ['a'] }, page: 1 })
    expect(await read('')).toEqual({ page: 1 })
    expect(await read('filter[price][gt]=much')).toEqual([['filter.price.gt', 'invalid_type']])
    expect(await read('filter=all')).toEqual([['filter', 'invalid_type']])
    expect(await read('other[a]=1')).toEqual([['other[a]', 'unrecognized_key']])
    expect(await read('filter[a=1')).toEqual([['filter[a', 'unrecognized_key']])
  })

  it('may be records, lists, and hold themselves', async () => {
    const app = new App()
    const Node = z.object({
      n: z.int(),
      get next() {
        return Node.optional()
      },
    })
    const query = z.object({
      scores: z.record(z.string(), z.int()).optional(),
      points: z.array(z.object({ x: z.int(), y: z.int().optional() })).optional(),
      node: Node.optional(),
    })
    app.get('/', { query }, (context) => context.query)
    const { request } = await serve(app)
    const read = (text: string) => send(request, `/?${text}`)
    expect(await read('scores[ada]=1&scores[constructor]=2&scores[toString]=3')).toEqual({
      scores: { ada: 1, constructor: 2, toString: 3 },
    })
    expect(await read('points[0][x]=1&points[0][y]=2&points[1][x]=3')).toEqual({ points: [{ x: 1, y: 2 }, { x: 3 }] })
    expect(await read('points[][x]=1')).toEqual({ points: [{ x: 1 }] })
    expect(await read('points[][x]=1&points[][x]=2')).toEqual({ points: [{ x: 1 }, { x: 2 }] })
    expect(await read('node[n]=1&node[next][n]=2&node[next][next][n]=3')).toEqual({
      node: { n: 1, next: { n: 2, next: { n: 3 } } },
    })
  })

  it('may be one of several things that a name may be', async () => {
    const app = new App()
    const query = z.object({ size: z.union([z.object({ width: z.int() }), z.int(), z.literal(null)]) })
    app.get('/', { query }, (context) => context.query)
    const { request } = await serve(app)
    expect(await send(request, '/?size=3')).toEqual({ size: 3 })
    expect(await send(request, '/?size[width]=3')).toEqual({ size: { width: 3 } })
    expect(await send(request, '/?size=wide')).toEqual([['size', 'invalid_union']])
  })

  it('are refused where they cannot be told, or are unsafe', async () => {
    const app = new App()
    app.get('/', { query: z.object({ filter: z.record(z.string(), z.unknown()) }) }, ({ query }) => query)
    app.post('/', { body: form(z.object({ filter: z.record(z.string(), z.unknown()) })) }, ({ body }) => body)
    const { request } = await serve(app)
    const read = (text: string) => send(request, `/?${text}`)
    const refusals: [string, string, string][] = [
      ['filter[__proto__][polluted]=1', 'unsafe_key', "The name '__proto__' is not accepted"],
      ['filter[a][__proto__]=1', 'unsafe_key', "The name '__proto__' is not accepted"],
      ['filter=1&filter[a]=2', 'malformed_target', "'filter[a]' is there as a value and as an object"],
      ['filter[a]=2&filter=1', 'malformed_target', "'filter' is there as a value and as an object"],
      ['filter[a]=2&filter[a][b]=1', 'malformed_target', "'filter[a][b]' is there as a value and as an object"],
      [`filter${'[a]'.repeat(16)}=1`, 'malformed_target', 'A name has more than 16 levels'],
    ]
    for (const [query, code, detail] of refusals) {
      expect([query, await read(query)]).toEqual([query, [400, code, detail]])
      const inForm = code === 'malformed_target' ? 'malformed_body' : code
      const init = { method: 'POST', body: new URLSearchParams(query) }
      expect([query, await send(request, '/', init)]).toEqual([query, [400, inForm, detail]])
    }
    // Many members of one list: each costs the same.
    const many = new URLSearchParams()
    for (let index = 0; index < 20_000; index++) many.append('filter[]', String(index))
    const answer = (await send(request, '/', { method: 'POST', body: many })) as { filter: object }
    expect(Object.keys(answer.filter)).toHaveLength(20_000)
  })

  it('are seen by whoever declares them, and by nobody else', async () => {
    const app = new App()
    const filter = dependency({ query: z.strictObject({ filter: Filter }) }, ({ query }) => query.filter)
    app.get('/', { query: z.strictObject({ page: z.int() }), deps: { filter } }, ({ query, filter }) => ({
      ...query,
      filter,
    }))
    const { request } = await serve(app)
    expect(await send(request, '/?page=1&filter[open]=true')).toEqual({ page: 1, filter: { open: true } })
    // A name that has brackets itself belongs to whoever declares it, even where another has an object before them.
    app.get('/own', { query: z.strictObject({ 'filter[]': z.string() }), deps: { filter } }, ({ query }) => query)
    expect(await send(request, '/own?filter[]=x&filter[open]=true')).toEqual({ 'filter[]': 'x' })
  })

  it('are in forms, too, and sent by the client', async () => {
    const app = new App()
    const Search = z.object({ filter: Filter, points: z.array(z.object({ x: z.int() })).default([]) })
    const api = {
      search: app.get('/search', { query: Search }, ({ query }) => query),
      save: app.post('/search', { body: form(Search) }, ({ body }) => body),
    }
    const { url, request } = await serve(app)
    const fetch = (target: string, init?: RequestInit) => request(target.slice(url.length), init)
    const client = createClient<typeof api>({ baseUrl: url, fetch })
    const search = { filter: { price: { gt: 3 }, tags: ['a', 'b'], open: false }, points: [{ x: 1 }, { x: 2 }] }
    expect(await client.get('/search', { query: search })).toEqual(search)
    expect(await client.post('/search', { form: search })).toEqual(search)
  })

  it.each<[string, Schema]>([
    ['zod', z.object({ f: z.object({ n: z.number() }), ids: z.array(z.number()) })],
    ['valibot', toStandardJsonSchema(v.object({ f: v.object({ n: v.number() }), ids: v.array(v.number()) }))],
    ['arktype', type({ f: { n: 'number' }, ids: 'number[]' })],
  ])('are gathered for %s', async (_library, schema) => {
    const app = new App()
    app.get('/', { query: delimited(schema, { ids: ',' }) }, ({ query }) => query)
    const { request } = await serve(app)
    expect(await send(request, '/?f[n]=1.5&ids=1,2')).toEqual({ f: { n: 1.5 }, ids: [1, 2] })
  })
})

describe('parameters of more than one part', () => {
  it('are documented as they are written', () => {
    const app = new App()
    const query = delimited(
      z.object({ ids: z.array(z.int()), names: z.array(z.string()), plain: z.array(z.string()), filter: Filter }),
      { ids: ',', names: '|' },
    )
    app.get('/', { query }, () => 1)
    const { paths } = app.openapi() as unknown as { paths: { '/': { get: { parameters: Record<string, unknown>[] } } } }
    const styles = paths['/'].get.parameters.map(({ name, style, explode }) => ({ name, style, explode }))
    expect(styles).toEqual([
      { name: 'ids', style: 'form', explode: false },
      { name: 'names', style: 'pipeDelimited', explode: false },
      { name: 'plain', style: undefined, explode: undefined },
      { name: 'filter', style: 'deepObject', explode: true },
    ])
  })

  it('are refused where they cannot be meant', () => {
    const schema = z.object({ ids: z.array(z.int()) })
    expect(() => delimited(schema, { ids: ';' as ',' })).toThrow(
      "The list 'ids' cannot be delimited by ';', only by , | or a space",
    )
    delimited(schema, { ids: ',' })
    expect(() => delimited(schema, { ids: '|' })).toThrow('A schema is delimited in two ways: make a schema for each')
    const app = new App()
    app.get('/', { headers: z.object({ filter: Filter }) }, () => 1)
    expect(() => app.plans).toThrow("'filter' in 'headers' of GET / wants an object")
    const other = new App()
    other.get('/', { query: z.object({ filter: z.object({ seen: z.map(z.string(), z.string()) }) }) }, () => 1)
    expect(() => other.plans).toThrow("'filter' in 'query' of GET / wants an object")
  })
})
