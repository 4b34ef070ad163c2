import { App, dependency, fail, type Schema } from 'millrace'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { describeTransports } from './support/serve.ts'

const json = (body: unknown, headers: Record<string, string> = {}): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': 'application/json', ...headers },
  body: typeof body === 'string' ? body : JSON.stringify(body),
})

describeTransports('a JSON body', (serve) => {
  const echo = (schema: z.ZodType) => {
    const app = new App()
    app.post('/', { body: schema }, ({ body }) => ({ body }))
    return serve(app)
  }

  it('is checked and not coerced', async () => {
    const { request } = await echo(z.object({ n: z.number(), b: z.boolean().default(true), tags: z.array(z.string()) }))
    const read = async (body: unknown) => (await request('/', json(body))).json()
    expect(await read({ n: 1, tags: ['a'], extra: 1 })).toEqual({ body: { n: 1, b: true, tags: ['a'] } })
    expect(await read({ n: '1', b: 'true', tags: 'a' })).toMatchObject({
      status: 422,
      detail: '3 inputs are not valid',
      errors: [
        { in: 'body', path: ['n'], code: 'invalid_type', message: 'Invalid input: expected number, received string' },
        { in: 'body', path: ['b'], code: 'invalid_type', message: 'Invalid input: expected boolean, received string' },
        { in: 'body', path: ['tags'], code: 'invalid_type', message: 'Invalid input: expected array, received string' },
      ],
    })
  })

  it('may be any JSON value', async () => {
    const { request } = await echo(z.json())
    for (const value of [null, true, 0, '', [], {}, [{ a: [null] }], 'é😀'])
      expect(await (await request('/', json(value === '' ? '""' : JSON.stringify(value)))).json()).toEqual({
        body: value,
      })
  })

  it('that is absent is missing, unless the schema allows it', async () => {
    const required = await echo(z.object({ a: z.string() }))
    for (const init of [{ method: 'POST' }, json('')]) {
      const response = await required.request('/', init)
      expect([response.status, ((await response.json()) as { errors: unknown }).errors]).toEqual([
        422,
        [{ in: 'body', path: [], code: 'missing', message: 'Required' }],
      ])
    }
    const optional = await echo(z.object({ a: z.string() }).optional())
    expect(await (await optional.request('/', { method: 'POST' })).json()).toEqual({})
  })

  it('may have so many values, and no more', async () => {
    const app = new App({ maxBodyValues: 6 })
    app.post('/', { body: z.unknown() }, ({ body }) => ({ body }))
    app.post('/more', { body: z.unknown(), maxBodyValues: 7 }, ({ body }) => ({ body }))
    app.post('/any', { body: z.unknown(), maxBodyValues: Number.POSITIVE_INFINITY }, () => 'ok')
    const { request } = await serve(app)
    // Six values each: what is inside a string is none.
    for (const body of [[1, 2, 3, 4, 5], [[], {}, [[]], 1], { a: { b: ',{[\\"[', c: [], d: { e: 'x'.repeat(99) } } }])
      expect(await (await request('/', json(body))).json()).toEqual({ body })
    const seven = [1, 2, 3, 4, 5, 'x'.repeat(99)]
    const response = await request('/', json(seven))
    expect([response.status, await response.json()]).toEqual([
      413,
      {
        type: 'about:blank',
        title: 'Content Too Large',
        status: 413,
        detail: 'The body has more than 6 values',
        code: 'too_many_values',
      },
    ])
    expect(await (await request('/more', json(seven))).json()).toEqual({ body: seven })
    expect((await request('/any', json(Array.from({ length: 200_000 }, () => 1)))).status).toBe(200)
  })

  it('may have 100,000 values, those that the items of lists require included', async () => {
    const keys = Array.from({ length: 10 }, (_, index) => [`key${index}`, z.number()])
    const Item = z.object(Object.fromEntries(keys))
    const app = new App()
    app.post('/', { body: z.array(Item) }, ({ body }) => body.length)
    // One object with many keys is no list of such.
    const One = z.object({ ...Item.shape, points: z.array(z.object({ x: z.number() })) })
    app.post('/one', { body: One }, ({ body }) => body.points.length)
    const { request } = await serve(app)
    const item = Object.fromEntries(keys.map(([name]) => [name, 1]))
    expect(await (await request('/', json(Array(9_000).fill(item)))).json()).toBe(9_000)
    const tooLarge = await request('/', json(Array(10_001).fill({})))
    expect([tooLarge.status, await tooLarge.json()]).toMatchObject([
      413,
      { code: 'too_many_values', detail: 'The body has 10001 objects, which may require more than 100000 values' },
    ])
    const one = { ...item, points: Array(30_000).fill({ x: 1 }) }
    expect(await (await request('/one', json(one))).json()).toBe(30_000)
  })

  it('has paths into nested objects and arrays', async () => {
    const { request } = await echo(z.object({ items: z.array(z.object({ price: z.number().min(0) })) }))
    const response = await request('/', json({ items: [{ price: 1 }, { price: -1 }, {}] }))
    expect(await response.json()).toMatchObject({
      errors: [
        { in: 'body', path: ['items', 1, 'price'], code: 'too_small' },
        { in: 'body', path: ['items', 2, 'price'], code: 'missing', message: 'Required' },
      ],
    })
  })

  it('may be any JSON media type, in UTF-8, with a byte order mark', async () => {
    const { request } = await echo(z.object({ a: z.number() }))
    for (const type of [
      'application/json',
      'Application/JSON; charset=UTF-8',
      'application/json;charset="utf-8"',
      'application/merge-patch+json',
      'application/vnd.api+json; profile=x',
    ])
      expect(await (await request('/', json({ a: 1 }, { 'content-type': type }))).json()).toEqual({ body: { a: 1 } })
    expect(await (await request('/', json('\ufeff{"a":1}'))).json()).toEqual({ body: { a: 1 } })
  })

  it.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'application/json; charset=latin1',
    'application/jsonp',
    '',
  ])('415 for %j', async (type) => {
    const { request } = await echo(z.object({ a: z.number() }))
    const response = await request('/', json({ a: 1 }, { 'content-type': type }))
    expect([response.status, response.headers.get('accept'), await response.json()]).toEqual([
      415,
      'application/json',
      {
        type: 'about:blank',
        title: 'Unsupported Media Type',
        status: 415,
        detail: "This operation takes application/json in UTF-8: set the header 'content-type'",
        code: 'unsupported_media_type',
      },
    ])
  })

  it('413 above the limit of the app, or of the operation', async () => {
    const app = new App({ maxBodyBytes: 20 })
    app.post('/app', { body: z.string() }, ({ body }) => body)
    app.post('/own', { body: z.string(), maxBodyBytes: 30 }, ({ body }) => body)
    const { request } = await serve(app)
    const ask = async (path: string, length: number) => {
      const response = await request(path, json(JSON.stringify('x'.repeat(length - 2))))
      const body = await response.text()
      return response.status === 200 ? body.length : [response.status, (JSON.parse(body) as { code: string }).code]
    }
    expect(await ask('/app', 20)).toBe(18)
    expect(await ask('/app', 21)).toEqual([413, 'body_too_large'])
    expect(await ask('/own', 30)).toBe(28)
    expect(await ask('/own', 31)).toEqual([413, 'body_too_large'])
  })

  it('is not read before a guard has agreed', async () => {
    const app = new App()
    const guard = dependency({ guard: true, headers: z.object({ 'x-token': z.string() }) }, ({ headers }) => headers)
    app.post('/', { deps: { guard }, body: z.object({ a: z.number() }) }, ({ body }) => body)
    const { request } = await serve(app)
    const broken = await request('/', json('{broken'))
    expect(((await broken.json()) as { errors: unknown }).errors).toEqual([
      { in: 'headers', path: ['x-token'], code: 'missing', message: 'Required' },
    ])
    const allowed = await request('/', json('{broken', { 'x-token': 'a' }))
    expect([allowed.status, ((await allowed.json()) as { code: string }).code]).toEqual([400, 'malformed_json'])
  })

  it('can still be read from the web request', async () => {
    const app = new App()
    app.post('/', { body: z.object({ a: z.number() }) }, async ({ body, request }) => ({
      body,
      raw: await request.text(),
    }))
    const { request } = await serve(app)
    expect(await (await request('/', json('{ "a": 1 }'))).json()).toEqual({ body: { a: 1 }, raw: '{ "a": 1 }' })
  })
})

describeTransports('issues', (serve) => {
  it('of all locations and all dependencies come in one answer, each once', async () => {
    const app = new App()
    const page = dependency({ query: z.object({ limit: z.int().max(100) }) }, ({ query }) => query.limit)
    const tenant = dependency(
      { headers: z.object({ 'x-tenant': z.uuid() }), cookies: z.object({ sid: z.string() }), deps: { page } },
      ({ headers }) => headers['x-tenant'],
    )
    app.post(
      '/items/:id',
      {
        params: z.object({ id: z.int() }),
        query: z.object({ q: z.string().min(2), limit: z.int().max(100) }),
        headers: z.object({ 'x-depth': z.int() }),
        cookies: z.object({ visits: z.int() }),
        body: z.strictObject({ name: z.string() }),
        deps: { tenant, page },
      },
      () => 'never',
    )
    const { request } = await serve(app)
    const response = await request(
      '/items/x?q=a&limit=500',
      json({ name: 1, more: 2, evenMore: 3 }, { 'x-depth': 'y', cookie: 'visits=z', 'x-tenant': 'secret-tenant' }),
    )
    expect(response.status).toBe(422)
    const problem = (await response.json()) as {
      detail: string
      errors: { in: string; path: string[]; code: string }[]
    }
    expect(problem.detail).toBe('10 inputs are not valid')
    expect(problem.errors.map((issue) => [issue.in, issue.path.join('.'), issue.code])).toEqual([
      ['query', 'limit', 'too_big'],
      ['headers', 'x-tenant', 'invalid_format'],
      ['cookies', 'sid', 'missing'],
      ['params', 'id', 'invalid_type'],
      ['query', 'q', 'too_small'],
      ['headers', 'x-depth', 'invalid_type'],
      ['cookies', 'visits', 'invalid_type'],
      ['body', 'name', 'invalid_type'],
      ['body', 'more', 'unrecognized_key'],
      ['body', 'evenMore', 'unrecognized_key'],
    ])
    expect(JSON.stringify(problem)).not.toContain('secret-tenant')
  })

  it('are listed up to 1,000 of a location', async () => {
    const app = new App()
    app.post('/items', { body: z.array(z.string()) }, () => 1)
    app.post('/keys', { body: z.strictObject({}) }, () => 1)
    const { request } = await serve(app)
    const count = 90_000
    const keys = Object.fromEntries(Array.from({ length: count / 2 }, (_, index) => [`k${index}`, 1]))
    for (const [path, body] of [
      ['/items', new Array(count).fill(1)],
      ['/keys', keys],
    ] as const) {
      const response = await request(path, json(body))
      const problem = (await response.json()) as { detail: string; errors: unknown[] }
      expect([response.status, problem.detail, problem.errors.length]).toEqual([
        422,
        'At least 1000 inputs are not valid',
        1000,
      ])
    }
  })

  it('a check that is left behind when another one throws has an owner', async () => {
    const app = new App()
    const by = (validate: () => never | Promise<never>): Schema => ({
      '~standard': { version: 1, vendor: 'hand', validate },
    })
    const query = by(async () => {
      throw new Error('nobody waits for this')
    })
    app.get('/', { query, cookies: by(() => fail(403)) }, () => 1)
    const { request } = await serve(app)
    expect((await request('/')).status).toBe(403)
  })

  it('of asynchronous rules are found without running the rules twice', async () => {
    let runs = 0
    const app = new App()
    const rule = async (name: string) => {
      runs++
      return name !== 'taken'
    }
    app.post('/', { body: z.object({ name: z.string().refine(rule, 'Already taken') }) }, ({ body }) => body.name)
    const { request } = await serve(app)
    // The first request tells that the rule is asynchronous.
    await request('/', json({ name: 'first' }))
    runs = 0
    expect(await (await request('/', json({ name: 'free' }))).text()).toBe('free')
    expect((await request('/', json({ name: 'taken' }))).status).toBe(422)
    expect(runs).toBe(2)
  })

  it('of asynchronous schemas come with the others', async () => {
    const app = new App()
    const body = z.object({ name: z.string().refine(async (name) => name !== 'taken', 'Already taken') })
    app.post('/', { query: z.object({ n: z.int() }), body }, ({ body: { name } }) => name)
    const { request } = await serve(app)
    expect(await (await request('/?n=1', json({ name: 'free' }))).text()).toBe('free')
    expect(((await (await request('/?n=x', json({ name: 'taken' }))).json()) as { errors: unknown }).errors).toEqual([
      { in: 'query', path: ['n'], code: 'invalid_type', message: 'Invalid input: expected number, received string' },
      { in: 'body', path: ['name'], code: 'custom', message: 'Already taken' },
    ])
  })

  it('of a rule about an absent value keep the message of the rule', async () => {
    const app = new App()
    const body = z
      .object({ password: z.string().optional(), confirm: z.string().optional() })
      .refine(({ password, confirm }) => password === confirm, { path: ['confirm'], message: 'Confirm your password' })
    app.post('/', { body }, () => 'ok')
    const { request } = await serve(app)
    expect(((await (await request('/', json({ password: 'x' }))).json()) as { errors: unknown }).errors).toEqual([
      { in: 'body', path: ['confirm'], code: 'custom', message: 'Confirm your password' },
    ])
  })
})
