import { toStandardJsonSchema } from '@valibot/to-json-schema'
import { type } from 'arktype'
import { App, type Schema } from 'millrace'
import * as v from 'valibot'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { Child } from './support/child.ts'
import { describeTransports, recorder } from './support/serve.ts'

/** What each library calls the same shape: a query, a strict body with a rule, and a reply with a nested object. */
const libraries: Record<string, { query: Schema; body: Schema; reply: Schema; words: Record<string, string> }> = {
  zod: {
    query: z.object({ n: z.int().min(0), flag: z.boolean().default(false), tag: z.array(z.number()).optional() }),
    body: z.strictObject({ name: z.string().min(3), kind: z.enum(['a', 'b']), deep: z.object({ x: z.number() }) }),
    reply: z.object({ id: z.int(), deep: z.object({ kept: z.string() }), list: z.array(z.object({ a: z.int() })) }),
    words: { type: 'invalid_type', length: 'too_small', choice: 'invalid_value' },
  },
  valibot: {
    query: toStandardJsonSchema(
      v.object({
        n: v.pipe(v.number(), v.integer(), v.minValue(0)),
        flag: v.optional(v.boolean(), false),
        tag: v.optional(v.array(v.number())),
      }),
    ),
    body: v.strictObject({
      name: v.pipe(v.string(), v.minLength(3)),
      kind: v.picklist(['a', 'b']),
      deep: v.object({ x: v.number() }),
    }),
    reply: v.object({
      id: v.pipe(v.number(), v.integer()),
      deep: v.object({ kept: v.string() }),
      list: v.array(v.object({ a: v.number() })),
    }),
    words: { type: 'number', length: 'min_length', choice: 'picklist' },
  },
  arktype: {
    query: type({ n: 'number.integer >= 0', flag: 'boolean = false', 'tag?': 'number[]' }),
    body: type({ '+': 'reject', name: 'string >= 3', kind: "'a' | 'b'", deep: { x: 'number' } }),
    reply: type({ id: 'number.integer', deep: { kept: 'string' }, list: type({ a: 'number' }).array() }),
    words: { type: 'domain', length: 'minLength', choice: 'union' },
  },
}

interface Issue {
  in: string
  path: (string | number)[]
  code: string
  message: string
}

for (const [name, { query, body, reply, words }] of Object.entries(libraries))
  describeTransports(`schemas of ${name}`, (serve) => {
    const app = (logger = recorder().logger) => {
      const made = new App({ logger })
      made.get('/query', { query }, (context) => context.query)
      made.post('/body', { body }, (context) => context.body)
      const replies: Record<string, unknown> = {
        good: { id: 1, secret: 1, deep: { kept: 'a', secret: 2 }, list: [{ a: 1, secret: 3 }] },
        bad: { id: 'SECRET', deep: { kept: 'a' }, list: [] },
      }
      made.get('/reply/:which', { response: reply }, ({ params }) => replies[params.which] as never)
      return serve(made)
    }
    const post = (value: unknown): RequestInit => ({
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(value),
    })
    const issuesOf = async (response: Response) => {
      expect(response.status).toBe(422)
      const text = await response.text()
      expect(text).not.toContain('SECRET')
      return (JSON.parse(text) as { errors: Issue[] }).errors
    }
    const brief = (issues: Issue[]) =>
      issues
        .map((issue) => [issue.in, issue.path.join('.'), issue.code])
        .sort((a, b) => ((a[1] ?? '') < (b[1] ?? '') ? -1 : 1))

    it('coerce strings and fill defaults', async () => {
      const { request } = await app()
      expect(await (await request('/query?n=3&flag=true&tag=1&tag=2')).json()).toEqual({
        n: 3,
        flag: true,
        tag: [1, 2],
      })
      expect(await (await request('/query?n=3&tag=1')).json()).toEqual({ n: 3, flag: false, tag: [1] })
      for (const n of ['', '0x1', '1e999', '%201', 'SECRET'])
        expect([n, brief(await issuesOf(await request(`/query?n=${n}`)))]).toEqual([n, [['query', 'n', words['type']]]])
    })

    it('take a body that fits', async () => {
      const { request } = await app()
      const value = { name: 'abc', kind: 'a', deep: { x: 1 } }
      expect(await (await request('/body', post(value))).json()).toEqual(value)
    })

    it('tell every issue, and never a value', async () => {
      const { request } = await app()
      const wrong = { name: 'SE', kind: 'SECRET', deep: { x: 'SECRET' }, extra: 'SECRET' }
      const issues = await issuesOf(await request('/body', post(wrong)))
      expect(brief(issues)).toEqual([
        ['body', 'deep.x', words['type']],
        ['body', 'extra', 'unrecognized_key'],
        ['body', 'kind', words['choice']],
        ['body', 'name', words['length']],
      ])
      for (const { message } of issues) expect(message).toMatch(/^\S.*[^(: ]$/)
    })

    it('call what is absent missing', async () => {
      const { request } = await app()
      expect(await issuesOf(await request('/query'))).toEqual([
        { in: 'query', path: ['n'], code: 'missing', message: 'Required' },
      ])
      expect(brief(await issuesOf(await request('/body', post({ deep: {} }))))).toEqual([
        ['body', 'deep.x', 'missing'],
        ['body', 'kind', 'missing'],
        ['body', 'name', 'missing'],
      ])
    })

    it('filter replies, nested keys too', async () => {
      const { request } = await app()
      expect(await (await request('/reply/good')).json()).toEqual({ id: 1, deep: { kept: 'a' }, list: [{ a: 1 }] })
    })

    it('refuse a reply that does not fit, and tell only the log', async () => {
      const log = recorder()
      const { request } = await app(log.logger)
      const response = await request('/reply/bad')
      expect([response.status, await response.json()]).toEqual([
        500,
        {
          type: 'about:blank',
          title: 'Internal Server Error',
          status: 500,
          detail: 'The server failed to answer this request',
          code: 'invalid_response',
        },
      ])
      const [entry, ...more] = log.takeErrors()
      expect([entry?.message, more]).toEqual(['An error was not handled', []])
      expect(entry?.error).toMatch(/^The result of GET \/reply\/:which does not fit its response schema: id: /)
    })
  })

describeTransports('what schema libraries have of their own', (serve) => {
  const issues = async (schema: Schema, value: unknown): Promise<Issue[]> => {
    const app = new App()
    app.post('/', { body: schema }, () => 'ok')
    const { request } = await serve(app)
    const response = await request('/', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(value),
    })
    const text = await response.text()
    expect(text).not.toContain('SECRET')
    return (JSON.parse(text) as { errors: Issue[] }).errors
  }

  it('plain valibot schemas check, but offer no JSON Schema to coerce by', async () => {
    const app = new App()
    app.get(
      '/',
      { query: v.object({ s: v.string(), n: v.optional(v.pipe(v.string(), v.transform(Number))) }) },
      (context) => context.query,
    )
    const { request } = await serve(app)
    expect(await (await request('/?s=1&n=2')).json()).toEqual({ s: '1', n: 2 })
  })

  it('valibot messages lose the value, whatever it is', async () => {
    const schema = v.object({
      email: v.pipe(v.string(), v.email()),
      url: v.pipe(v.string(), v.url('Give a URL that we received before')),
      literal: v.literal('x: received y'),
    })
    expect(await issues(schema, { email: 'SECRET but received SECRET', url: 'SECRET', literal: 'SECRET' })).toEqual([
      { in: 'body', path: ['email'], code: 'email', message: 'Invalid email' },
      { in: 'body', path: ['url'], code: 'url', message: 'Give a URL that we received before' },
      { in: 'body', path: ['literal'], code: 'literal', message: 'Invalid type: Expected "x: received y"' },
    ])
  })

  it('arktype messages lose the value, and several rules of one value are several issues', async () => {
    const schema = type({ email: 'string.email', n: 'number.integer >= 0', v: 'string > 5 | boolean' })
    expect(await issues(schema, { email: 'SECRET (was SECRET)', n: -1.5, v: 'SE' })).toEqual([
      { in: 'body', path: ['email'], code: 'pattern', message: 'email must be an email address' },
      { in: 'body', path: ['n'], code: 'divisor', message: 'n must be an integer' },
      { in: 'body', path: ['n'], code: 'min', message: 'n must be non-negative' },
      { in: 'body', path: ['v'], code: expect.any(String), message: expect.any(String) },
    ])
  })

  it('arktype fills in defaults, takes keys out and refuses as it does by itself, and changes no value of others', async () => {
    const schemas = {
      defaults: type({
        a: 'string',
        'b?': 'number',
        c: 'number = 1',
        d: { e: 'number' },
        f: type('number[]').default(() => [1]),
      }),
      deleting: type({ '+': 'delete', a: 'string', c: 'number = 1', d: { '+': 'delete', e: 'number' } }),
      deep: type({ a: 'string', d: { e: 'number', g: 'number = 2' } }),
      tuple: type(['string', 'number = 1']),
      piped: type({ a: 'string', d: { e: 'number' } }).pipe(({ a }, context) => (a === 'x' ? a : context.error('x'))),
    }
    const bodies = [
      { a: 'x', d: { e: 1 } },
      { a: 'y', b: 2, c: 3, d: { e: 1, h: 4 }, f: [], z: 1 },
      { a: 1, c: 'x', d: {} },
      { d: { e: 1 } },
      ['x'],
      ['x', 2],
      ['x', 'y'],
      null,
    ]
    const app = new App()
    const kept = { a: 'x', d: { e: 1, secret: 2 }, secret: 3 }
    const { defaults, deep } = schemas
    app.get('/defaults', { response: defaults }, () => kept as never)
    app.get('/deep', { response: deep }, () => kept)
    app.get('/whole', { response: type({ a: 'string', d: { e: 'number', 'g?': 'number' } }).array() }, () => [
      { a: 'x', d: { e: 1 } },
      { a: 'y', d: { e: 2, g: 3 } },
    ])
    app.get('/mixed', { response: type({ a: 'string' }).array() }, () => [{ a: 'x' }, { a: 'y', secret: 1 }])
    for (const [name, schema] of Object.entries<Schema>(schemas)) {
      const { validate } = schema['~standard']
      const plain = { '~standard': { version: 1, vendor: 'arktype', validate } } as const
      app.post(`/${name}`, { body: schema }, ({ body }) => ({ body }))
      app.post(`/${name}/plain`, { body: plain }, ({ body }) => ({ body }))
    }
    const { request } = await serve(app)
    for (const name of Object.keys(schemas))
      for (const body of bodies) {
        const read = async (path: string) => {
          const headers = { 'content-type': 'application/json' }
          const response = await request(path, { method: 'POST', headers, body: JSON.stringify(body) })
          return [response.status, await response.json()]
        }
        expect(await read(`/${name}`)).toEqual(await read(`/${name}/plain`))
      }
    const filled = await request('/defaults', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"a":"x","d":{"e":1}}',
    })
    expect(await filled.json()).toEqual({ body: { a: 'x', c: 1, d: { e: 1 }, f: [1] } })
    expect(await (await request('/whole')).json()).toEqual([
      { a: 'x', d: { e: 1 } },
      { a: 'y', d: { e: 2, g: 3 } },
    ])
    expect(await (await request('/mixed')).json()).toEqual([{ a: 'x' }, { a: 'y' }])
    expect(await (await request('/defaults')).json()).toEqual({ a: 'x', c: 1, d: { e: 1 }, f: [1] })
    expect(await (await request('/deep')).json()).toEqual({ a: 'x', d: { e: 1, g: 2 } })
    expect(kept).toEqual({ a: 'x', d: { e: 1, secret: 2 }, secret: 3 })
  })

  it('arktype transforms and narrows', async () => {
    const app = new App()
    app.get('/', { query: type({ n: 'string.integer.parse', on: 'string.date.iso.parse' }) }, ({ query }) => [
      query.n + 1,
      query.on.getUTCFullYear(),
    ])
    const { request } = await serve(app)
    expect(await (await request('/?n=41&on=2020-01-02T00:00:00Z')).json()).toEqual([42, 2020])
  })

  it('zod unions, records and formats do not echo', async () => {
    const schema = z.object({
      email: z.email(),
      union: z.union([z.object({ k: z.string() }), z.number()]),
      record: z.record(z.string(), z.number()),
      choice: z.discriminatedUnion('type', [z.object({ type: z.literal('a') }), z.object({ type: z.literal('b') })]),
    })
    expect(
      (
        await issues(schema, { email: 'SECRET', union: 'SECRET', record: { a: 'SECRET' }, choice: { type: 'SECRET' } })
      ).map(({ path, code }) => [path.join('.'), code]),
    ).toEqual([
      ['email', 'invalid_format'],
      ['union', 'invalid_union'],
      ['record.a', 'invalid_type'],
      ['choice.type', 'invalid_union'],
    ])
  })

  it('a schema by hand is enough', async () => {
    const even: Schema<unknown, number> = {
      '~standard': {
        version: 1,
        vendor: 'hand',
        validate: (value) =>
          typeof value === 'number' && value % 2 === 0 ? { value: value / 2 } : { issues: [{ message: 'Not even' }] },
      },
    }
    const app = new App()
    app.post('/', { body: even }, ({ body }) => [body])
    const { request } = await serve(app)
    const send = (body: string) =>
      request('/', { method: 'POST', headers: { 'content-type': 'application/json' }, body })
    expect(await (await send('4')).json()).toEqual([2])
    expect(((await (await send('3')).json()) as { errors: Issue[] }).errors).toEqual([
      { in: 'body', path: [], code: 'invalid', message: 'Not even' },
    ])
  })
})

it('of zod 3, and of the zod 4 that comes with it, are served', async () => {
  const child = new Child('zod3.ts')
  expect(await child.end()).toBe(0)
  // zod 3 has no JSON Schema: what it declares is checked, and not documented.
  expect(child.lines).toEqual([
    '/3 {"n":"3"} 422 undefined',
    '/4 {"n":3} 422 [{"name":"n","in":"query","required":true,"schema":{"type":"number"}}]',
    'core in zod: false',
  ])
})
