import { toStandardJsonSchema } from '@valibot/to-json-schema'
import { type } from 'arktype'
import { App, form, multipart, type Schema } from 'millrace'
import * as v from 'valibot'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { form as formData } from './support/multipart.ts'
import { describeTransports, type Serve } from './support/serve.ts'

/** The same model in each library. */
type Models = readonly (readonly [library: string, schema: Schema])[]

const shapes: Models = [
  [
    'zod',
    z.discriminatedUnion('kind', [
      z.object({ kind: z.literal('circle'), radius: z.number() }),
      z.object({ kind: z.literal('box'), sides: z.array(z.int()) }),
    ]),
  ],
  [
    'valibot',
    toStandardJsonSchema(
      v.variant('kind', [
        v.object({ kind: v.literal('circle'), radius: v.number() }),
        v.object({ kind: v.literal('box'), sides: v.array(v.pipe(v.number(), v.integer())) }),
      ]),
    ),
  ],
  ['arktype', type({ kind: "'circle'", radius: 'number' }).or({ kind: "'box'", sides: 'number.integer[]' })],
]

const unions: Models = [
  ['zod', z.object({ limit: z.union([z.int(), z.literal('all')]), flag: z.union([z.boolean(), z.int()]).optional() })],
  [
    'valibot',
    toStandardJsonSchema(
      v.object({
        limit: v.union([v.pipe(v.number(), v.integer()), v.literal('all')]),
        flag: v.optional(v.union([v.boolean(), v.pipe(v.number(), v.integer())])),
      }),
    ),
  ],
  ['arktype', type({ limit: "number.integer | 'all'", 'flag?': 'boolean | number.integer' })],
]

const extras: readonly (readonly [library: string, strip: Schema, forbid: Schema, allow: Schema])[] = [
  ['zod', z.object({ a: z.int() }), z.strictObject({ a: z.int() }), z.looseObject({ a: z.int() })],
  [
    'valibot',
    toStandardJsonSchema(v.object({ a: v.number() })),
    toStandardJsonSchema(v.strictObject({ a: v.number() })),
    toStandardJsonSchema(v.looseObject({ a: v.number() })),
  ],
  [
    'arktype',
    type({ a: 'number' }).onUndeclaredKey('delete'),
    type({ a: 'number' }).onUndeclaredKey('reject'),
    type({ a: 'number' }),
  ],
]

const aliases: Models = [
  [
    'zod',
    z
      .object({ 'item-query': z.int(), 'X-Old': z.string().optional() })
      .transform(({ 'item-query': query }) => ({ query })),
  ],
  [
    'valibot',
    toStandardJsonSchema(
      v.pipe(
        v.object({ 'item-query': v.number() }),
        v.transform(({ 'item-query': query }) => ({ query })),
      ),
    ),
  ],
  ['arktype', type({ 'item-query': 'number' }).pipe(({ 'item-query': query }) => ({ query }))],
]

/** One operation for each location that takes the model, and a reader of what each makes of it. */
async function locations(serve: Serve, schema: Schema) {
  const app = new App()
  app.get('/query', { query: schema }, ({ query }) => query)
  app.get('/headers', { headers: schema }, ({ headers }) => headers)
  app.get('/cookies', { cookies: schema }, ({ cookies }) => cookies)
  app.post('/form', { body: form(schema) }, ({ body }) => body)
  app.post('/multipart', { body: multipart(schema) }, ({ body }) => body)
  app.post('/json', { body: schema }, ({ body }) => body)
  const { request } = await serve(app)
  const read = async (path: string, init?: RequestInit) => {
    const response = await request(path, init)
    const value = (await response.json()) as { errors?: { path: unknown[]; code: string }[] }
    return response.status === 200 ? value : value.errors?.map(({ path: at }) => at.join('.'))
  }
  return {
    query: (text: string) => read(`/query?${text}`),
    headers: (headers: Record<string, string>) => read('/headers', { headers }),
    cookies: (cookie: string) => read('/cookies', { headers: { cookie } }),
    form: (text: string) => read('/form', { method: 'POST', body: new URLSearchParams(text) }),
    multipart: (fields: Record<string, string>) => read('/multipart', formData(fields)),
    json: (value: unknown) =>
      read('/json', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(value),
      }),
  }
}

describeTransports('a model of inputs', (serve) => {
  it.each(shapes)('may be a discriminated union (%s)', async (_library, schema) => {
    const read = await locations(serve, schema)
    const circle = { kind: 'circle', radius: 1.5 }
    const box = { kind: 'box', sides: [1, 2] }
    expect(await read.query('kind=circle&radius=1.5')).toEqual(circle)
    expect(await read.query('kind=box&sides=1&sides=2')).toEqual(box)
    expect(await read.form('kind=box&sides=1&sides=2')).toEqual(box)
    expect(await read.multipart({ kind: 'circle', radius: '1.5' })).toEqual(circle)
    expect(await read.json(box)).toEqual(box)
    expect(await read.cookies('kind=circle; radius=1.5')).toEqual(circle)
    expect(await read.headers({ kind: 'box', sides: '1, 2' })).toEqual(box)
    expect(await read.query('kind=circle&radius=x')).toEqual(['radius'])
    expect(await read.query('kind=star')).toEqual(['kind'])
  })

  it.each(unions)('may have unions (%s)', async (_library, schema) => {
    const read = await locations(serve, schema)
    expect(await read.query('limit=3')).toEqual({ limit: 3 })
    expect(await read.query('limit=all&flag=true')).toEqual({ limit: 'all', flag: true })
    expect(await read.form('limit=all&flag=7')).toEqual({ limit: 'all', flag: 7 })
    expect(await read.cookies('limit=3')).toEqual({ limit: 3 })
    expect(await read.headers({ limit: 'all' })).toEqual({ limit: 'all' })
    expect(await read.query('limit=some')).toEqual(['limit'])
  })

  it.each(extras)('drops, refuses or keeps what it does not declare (%s)', async (_library, strip, forbid, allow) => {
    const given = { a: 1, b: 'x' }
    for (const [schema, outcome] of [
      [strip, { a: 1 }],
      [forbid, ['b']],
      [allow, given],
    ] as const) {
      const read = await locations(serve, schema)
      expect(await read.query('a=1&b=x')).toEqual(outcome)
      expect(await read.form('a=1&b=x')).toEqual(outcome)
      expect(await read.multipart({ a: '1', b: 'x' })).toEqual(outcome)
      expect(await read.cookies('a=1; b=x')).toEqual(outcome)
      expect(await read.json(given)).toEqual(outcome)
    }
    // Every client sends headers of its own, so only a schema that keeps others sees them.
    expect(await (await locations(serve, forbid)).headers({ a: '1', b: 'x' })).toEqual({ a: 1 })
    expect(await (await locations(serve, strip)).headers({ a: '1', b: 'x' })).toEqual({ a: 1 })
  })

  it.each(aliases)('may call things otherwise than they are sent (%s)', async (_library, schema) => {
    const read = await locations(serve, schema)
    expect(await read.query('item-query=3')).toEqual({ query: 3 })
    expect(await read.headers({ 'item-query': '3' })).toEqual({ query: 3 })
    expect(await read.cookies('item-query=3')).toEqual({ query: 3 })
    expect(await read.form('item-query=3')).toEqual({ query: 3 })
    expect(await read.multipart({ 'item-query': '3' })).toEqual({ query: 3 })
    expect(await read.json({ 'item-query': 3 })).toEqual({ query: 3 })
    expect(await read.query('query=3')).toEqual(['item-query'])
  })
})

describeTransports('headers and cookies', (serve) => {
  it('may be lists, in one or in several', async () => {
    const app = new App()
    const headers = z.object({ 'x-ids': z.array(z.int()), 'x-one': z.string().optional() })
    app.get('/', { headers }, (context) => context.headers)
    const { request } = await serve(app)
    const read = async (init: [string, string][]) => (await request('/', { headers: init })).json()
    expect(await read([['x-ids', '1, 2,3']])).toEqual({ 'x-ids': [1, 2, 3] })
    const repeated: [string, string][] = [
      ['X-Ids', '1'],
      ['x-ids', '2'],
      ['x-one', 'a, b'],
    ]
    expect(await read(repeated)).toEqual({ 'x-ids': [1, 2], 'x-one': 'a, b' })
    expect(await read([['x-ids', '1,,x']])).toMatchObject({
      status: 422,
      // What is empty is no item (RFC 9110, section 5.6.1.2).
      errors: [{ in: 'headers', path: ['x-ids', 1] }],
    })
  })

  it('that are malformed are taken as far as they can be, and checked', async () => {
    const app = new App()
    app.get('/', { cookies: z.object({ a: z.string().optional(), b: z.int().optional() }) }, ({ cookies }) => cookies)
    const { request } = await serve(app)
    const read = async (cookie: string) => (await request('/', { headers: { cookie } })).json()
    const cases: [string, unknown][] = [
      [';;; =; =x; a', {}],
      ['a=1; a=2', { a: '1' }],
      // The quotes are part of the value (RFC 6265, section 5.4), as they are for browsers.
      ['a="quoted"; b=3', { a: '"quoted"', b: 3 }],
      ['a=%E2%98%83', { a: '☃' }],
      ['a=%ZZ', { a: '%ZZ' }],
      ['a=x=y', { a: 'x=y' }],
      ['__proto__=x; constructor=y; b=4', { b: 4 }],
    ]
    for (const [cookie, expected] of cases) expect([cookie, await read(cookie)]).toEqual([cookie, expected])
    expect(await read('b=three')).toMatchObject({ status: 422, errors: [{ in: 'cookies', path: ['b'] }] })
  })
})

describeTransports('a field of a form', (serve) => {
  it('that is empty is an empty string, and of another type it is not valid', async () => {
    const app = new App()
    const schema = z.object({ name: z.string(), age: z.int().optional(), tags: z.array(z.string()).optional() })
    app.post('/', { body: form(schema) }, ({ body }) => body)
    const { request } = await serve(app)
    const inits: ((fields: Record<string, string>) => RequestInit)[] = [
      (fields) => ({ method: 'POST', body: new URLSearchParams(fields) }),
      (fields) => formData(fields),
    ]
    for (const init of inits) {
      expect(await (await request('/', init({ name: '', tags: '' }))).json()).toEqual({ name: '', tags: [''] })
      expect(await (await request('/', init({ name: 'x', age: '' }))).json()).toMatchObject({
        status: 422,
        errors: [{ in: 'body', path: ['age'], code: 'invalid_type' }],
      })
      expect(await (await request('/', init({}))).json()).toMatchObject({
        errors: [{ in: 'body', path: ['name'], code: 'missing' }],
      })
    }
  })
})
