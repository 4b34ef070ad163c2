import { toStandardJsonSchema } from '@valibot/to-json-schema'
import { type } from 'arktype'
import {
  App,
  cors,
  dependency,
  HttpError,
  InputError,
  Router,
  reply,
  type Schema,
  StartupError,
  sse,
  trustedHosts,
} from 'millrace'
import { fastapi, parameterModel, RequestValidationError } from 'millrace/compat'
import * as v from 'valibot'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { describeTransports, recorder, type Served } from './support/serve.ts'

const json = { 'content-type': 'application/json' }

async function post({ request }: Served, path: string, body: unknown): Promise<[number, unknown]> {
  const response = await request(path, { method: 'POST', headers: json, body: JSON.stringify(body) })
  return [response.status, await response.json()]
}

async function told({ request }: Served, path: string, init?: RequestInit): Promise<unknown[]> {
  const response = await request(path, { redirect: 'manual', ...init })
  return [response.status, response.headers.get('location'), await response.text()]
}

it('refuses options that it does not have', () => {
  expect(() => new App({ trailingSlash: 'sometimes' as 'strict' })).toThrow(
    new StartupError(
      'invalid_option',
      "trailingSlash 'sometimes' must be 'strict', 'redirect307', 'redirect308' or 'ignore'",
    ),
  )
  expect(() => new App({ compat: 'django' as 'flask' })).toThrow(
    new StartupError('invalid_option', "compat 'django' must be 'fastapi', 'flask', or a profile of millrace/compat"),
  )
})

describeTransports('compat: fastapi', (serve) => {
  it('gives handlers of errors the issues in the form of FastAPI, and the body', async () => {
    const app = new App({ compat: 'fastapi' })
    app.onError(RequestValidationError, (error) => reply(422, { detail: error.errors, body: error.body }))
    app.post('/items', { body: z.object({ title: z.string(), size: z.int() }) }, ({ body }) => body)
    const issue = {
      type: 'int_parsing',
      loc: ['body', 'size'],
      msg: 'Input should be a valid integer, unable to parse string as an integer',
      input: 'XL',
    }
    expect(await post(await serve(app), '/items', { title: 'towel', size: 'XL' })).toEqual([
      422,
      { detail: [issue], body: { title: 'towel', size: 'XL' } },
    ])
  })

  it('answers as always where a handler throws the error again', async () => {
    const seen: unknown[] = []
    const app = new App({ compat: 'fastapi' })
    app.onError(HttpError, (error) => {
      seen.push(error.status)
      throw error
    })
    app.onError(InputError, (error) => {
      seen.push(error.issues)
      throw error
    })
    app.get('/items/:id', { params: z.object({ id: z.int() }) }, ({ params }) => {
      throw new HttpError(418, `Nope! ${params.id}`)
    })
    const served = await serve(app)
    expect(await told(served, '/items/3')).toEqual([418, null, '{"detail":"Nope! 3"}'])
    expect(await told(served, '/nope')).toEqual([404, null, '{"detail":"Not Found"}'])
    expect((await told(served, '/items/x'))[0]).toBe(422)
    const message = 'Input should be a valid integer, unable to parse string as an integer'
    expect(seen).toEqual([418, 404, [{ in: 'params', path: ['id'], code: 'int_parsing', message }]])
  })

  it('lets a handler of 404 answer what has no operation', async () => {
    const app = new App({ compat: 'fastapi' })
    app.onError(404, () => ({ gone: true }))
    expect(await told(await serve(app), '/nope')).toEqual([404, null, '{"gone":true}'])
  })

  it('does not send back what came where it is told not to', async () => {
    const app = new App({ compat: fastapi({ redactInput: true }) })
    app.post('/login', { body: z.object({ user: z.string(), password: z.string().min(8) }) }, () => 'in')
    expect(await post(await serve(app), '/login', { password: 'SECRET' })).toEqual([
      422,
      {
        detail: [
          { type: 'missing', loc: ['body', 'user'], msg: 'Field required', input: null },
          {
            type: 'string_too_short',
            loc: ['body', 'password'],
            msg: 'String should have at least 8 characters',
            input: null,
            ctx: { min_length: 8 },
          },
        ],
      },
    ])
  })

  it('sends back little more than came, however deeply errors are nested', async () => {
    const Node: z.ZodType = z.object({
      name: z.string(),
      get child() {
        return Node.optional()
      },
    })
    const app = new App({ compat: 'fastapi' })
    app.post('/nodes', { body: Node }, () => 'ok')
    let body: unknown = { pad: 'x'.repeat(500_000) }
    for (let depth = 0; depth < 400; depth++) body = { child: body }
    const { request } = await serve(app)
    const response = await request('/nodes', { method: 'POST', headers: json, body: JSON.stringify(body) })
    const text = await response.text()
    const { detail } = JSON.parse(text) as { detail: { input: unknown }[] }
    expect([response.status, detail.length, detail.at(-1)?.input]).toEqual([422, 401, null])
    expect(text.length).toBeLessThan(5_000_000)
  })

  it('takes the branch of a union of which most has come, as pydantic does', async () => {
    const Plane = z.object({ description: z.string(), type: z.string().default('plane'), size: z.int() })
    const Car = z.object({ description: z.string(), type: z.string().default('car') })
    const app = new App({ compat: 'fastapi' })
    app.post('/vehicles', { body: z.union([Plane, Car]) }, ({ body }) => body)
    const served = await serve(app)
    expect(await post(served, '/vehicles', { description: 'd', size: '3' })).toEqual([
      200,
      { description: 'd', type: 'plane', size: 3 },
    ])
    expect(await post(served, '/vehicles', { description: 'd' })).toEqual([200, { description: 'd', type: 'car' }])
  })

  it('tells of at most 1000 things, however many are wrong', async () => {
    const app = new App({ compat: 'fastapi' })
    app.post('/numbers', { body: z.array(z.int()) }, () => 'ok')
    app.post('/evens', { body: z.array(z.int().refine((n) => n % 2 === 0)) }, () => 'ok')
    const served = await serve(app)
    for (const [path, value] of [
      ['/numbers', 'x'],
      ['/evens', 1],
    ] as const) {
      const [status, answer] = await post(served, path, new Array(5000).fill(value))
      const { detail } = answer as { detail: { loc: unknown[] }[] }
      expect([status, detail.length, detail.at(-1)?.loc]).toEqual([422, 1000, ['body', 999]])
    }
  })

  it('makes dates and large integers of JSON', async () => {
    const app = new App({ compat: 'fastapi' })
    const body = z.object({ at: z.date(), count: z.bigint() })
    app.post('/events', { body }, ({ body }) => [body.at.getTime(), String(body.count)])
    const served = await serve(app)
    expect(await post(served, '/events', { at: '2018-12-22T14:00:00+01:00', count: '9007199254740993' })).toEqual([
      200,
      [1545483600000, '9007199254740993'],
    ])
    expect(await post(served, '/events', { at: 1545483600, count: 3 })).toEqual([200, [1545483600000, '3']])
    expect(((await post(served, '/events', { at: 'soon', count: 1.5 }))[1] as { detail: unknown[] }).detail).toEqual([
      {
        type: 'datetime_from_date_parsing',
        loc: ['body', 'at'],
        msg: 'Input should be a valid datetime or date, input is too short',
        input: 'soon',
        ctx: { error: 'input is too short' },
      },
      {
        type: 'int_from_float',
        loc: ['body', 'count'],
        msg: 'Input should be a valid integer, got a number with a fractional part',
        input: 1.5,
      },
    ])
  })

  const valibot = toStandardJsonSchema(
    v.object({
      name: v.pipe(v.string(), v.minLength(2)),
      size: v.picklist(['s', 'm']),
      count: v.pipe(v.number(), v.integer()),
    }),
  )
  const arktype = type({ name: 'string >= 2', size: "'s' | 'm'", count: 'number.integer' })

  it.each([
    ['valibot', valibot, "'s' or 'm'"],
    ['arktype', arktype, "'m' or 's'"],
  ] as [string, Schema, string][])('reads the schemas of %s', async (_name, schema, choice) => {
    const app = new App({ compat: 'fastapi' })
    app.post('/items', { body: schema }, ({ body }) => body)
    const served = await serve(app)
    expect(await post(served, '/items', { name: 'ab', size: 's', count: '3' })).toEqual([
      200,
      { name: 'ab', size: 's', count: 3 },
    ])
    const [status, answer] = await post(served, '/items', { name: 'a', size: 'l', count: 'x' })
    const { detail } = answer as { detail: { type: string; loc: string[]; msg: string }[] }
    expect([status, detail.map(({ type, loc, msg }) => `${loc.join('.')} ${type}: ${msg}`).sort()]).toEqual([
      422,
      [
        'body.count int_parsing: Input should be a valid integer, unable to parse string as an integer',
        'body.name string_too_short: String should have at least 2 characters',
        `body.size enum: Input should be ${choice}`,
      ],
    ])
  })

  it('tells what a library finds by a schema without a JSON Schema', async () => {
    const plain = v.strictObject({
      name: v.string(),
      even: v.pipe(
        v.number(),
        v.check((n) => n % 2 === 0, 'must be even'),
      ),
    })
    const app = new App({ compat: 'fastapi' })
    app.post('/items', { body: plain }, ({ body }) => body)
    const served = await serve(app)
    expect(await post(served, '/items', { even: 'x', zz: 1 })).toEqual([
      422,
      {
        detail: [
          { type: 'missing', loc: ['body', 'name'], msg: 'Field required', input: { even: 'x', zz: 1 } },
          { type: 'float_type', loc: ['body', 'even'], msg: 'Input should be a valid number', input: 'x' },
          { type: 'extra_forbidden', loc: ['body', 'zz'], msg: 'Extra inputs are not permitted', input: 1 },
        ],
      },
    ])
    expect(await post(served, '/items', { name: 'n', even: 3 })).toEqual([
      422,
      {
        detail: [
          {
            type: 'value_error',
            loc: ['body', 'even'],
            msg: 'Value error, must be even',
            input: 3,
            ctx: { error: {} },
          },
        ],
      },
    ])
  })

  it('waits for rules that are asynchronous', async () => {
    const name = z.string().refine(async (value) => value !== 'taken', 'is taken')
    const app = new App({ compat: 'fastapi' })
    app.post('/users', { body: z.object({ name, age: z.int() }) }, ({ body }) => body)
    expect(await post(await serve(app), '/users', { name: 'taken', age: 3 })).toEqual([
      422,
      {
        detail: [
          {
            type: 'value_error',
            loc: ['body', 'name'],
            msg: 'Value error, is taken',
            input: 'taken',
            ctx: { error: {} },
          },
        ],
      },
    ])
  })

  it('answers the middleware of Starlette in its words', async () => {
    const app = new App({ compat: 'fastapi' })
    app.use(cors({ origins: ['https://app.example'], methods: ['GET'], headers: ['x-one'] }))
    app.use(trustedHosts({ hosts: ['localhost', '127.0.0.1'] }))
    app.get('/', () => 1)
    const { request } = await serve(app)
    const preflight = async (origin: string, method: string, headers: string) => {
      const asked = { origin, 'access-control-request-method': method, 'access-control-request-headers': headers }
      const response = await request('/', { method: 'OPTIONS', headers: asked })
      return [response.status, response.headers.get('content-type'), await response.text()]
    }
    const plain = 'text/plain; charset=utf-8'
    expect(await preflight('https://app.example', 'GET', 'x-one')).toEqual([200, plain, 'OK'])
    expect(await preflight('https://evil.example', 'PUT', 'x-two')).toEqual([
      400,
      plain,
      'Disallowed CORS origin, method, headers',
    ])
    const other = new App({ compat: 'fastapi' })
    other.use(trustedHosts({ hosts: ['other.example'] }))
    other.get('/', () => 1)
    expect(await told(await serve(other), '/')).toEqual([400, null, 'Invalid host header'])
  })

  it('refuses a body that is too large, and one with too many parts, as Starlette does', async () => {
    const app = new App({ compat: 'fastapi', maxBodyBytes: 10 })
    app.post('/items', { body: z.string() }, ({ body }) => body)
    expect(await post(await serve(app), '/items', 'x'.repeat(20))).toEqual([413, { detail: 'Content Too Large' }])
  })

  it('keeps the order of the tree of dependencies, routers included', async () => {
    const calls: string[] = []
    const make = (name: string, deps = {}) => dependency({ deps, label: name }, async () => void calls.push(name))
    const leaf = make('leaf')
    const app = new App({ compat: 'fastapi', deps: { first: make('app', { leaf }) } })
    const router = new Router({ prefix: '/r', deps: { second: make('router', { leaf }) } })
    router.get('/x', { deps: { third: make('operation') } }, () => calls)
    app.include(router)
    expect(await told(await serve(app), '/r/x')).toEqual([200, null, '["leaf","app","router","operation"]'])
  })

  it('writes events and the comments that keep a stream open in the form of FastAPI', async () => {
    const app = new App({ compat: 'fastapi', heartbeatMs: 20 })
    const { promise, resolve } = Promise.withResolvers<void>()
    app.get('/stream', { response: sse(z.object({ n: z.int() })) }, async function* () {
      yield { n: 1 }
      await promise
      yield { n: 2 }
    })
    const { request } = await serve(app)
    const reader = (await request('/stream')).body?.pipeThrough(new TextDecoderStream()).getReader()
    let text = ''
    while (!text.includes(': ping\n\n')) text += (await reader?.read())?.value ?? ''
    resolve()
    for (let last = await reader?.read(); last && !last.done; last = await reader?.read()) text += last.value
    expect(text.replace(/(: ping\n\n)+/, ': ping\n\n')).toBe('data: {"n":1}\n\n: ping\n\ndata: {"n":2}\n\n')
  })

  it('reads the names of headers of a model with underscores, but no underscores on the wire', async () => {
    const Headers = parameterModel(z.object({ save_data: z.boolean(), x_tag: z.array(z.string()).default([]) }))
    const app = new App({ compat: 'fastapi' })
    app.get('/', { headers: Headers }, ({ headers }) => headers)
    const served = await serve(app)
    expect(await told(served, '/', { headers: { 'save-data': 'yes', 'x-tag': 'a' } })).toEqual([
      200,
      null,
      '{"save_data":true,"x_tag":["a"]}',
    ])
    const detail = { type: 'missing', loc: ['header', 'save_data'], msg: 'Field required', input: { x_tag: [] } }
    expect(await told(served, '/', { headers: { save_data: 'yes' } })).toEqual([
      422,
      null,
      JSON.stringify({ detail: [detail] }),
    ])
  })

  it('refuses headers that a strict model does not name, but for those that clients send by themselves', async () => {
    const app = new App({ compat: 'fastapi' })
    app.get('/', { headers: z.strictObject({ x_tag: z.string().optional() }) }, ({ headers }) => headers)
    const served = await serve(app)
    expect(await told(served, '/', { headers: { 'x-tag': 'a' } })).toEqual([200, null, '{"x_tag":"a"}'])
    const detail = {
      type: 'extra_forbidden',
      loc: ['header', 'tool'],
      msg: 'Extra inputs are not permitted',
      input: 'b',
    }
    expect(await told(served, '/', { headers: { tool: 'b' } })).toEqual([
      422,
      null,
      JSON.stringify({ detail: [detail] }),
    ])
  })

  it('tells an error that nobody has handled in the log alone', async () => {
    const log = recorder()
    const app = new App({ compat: 'fastapi', logger: log.logger })
    app.get('/typed', { response: z.object({ n: z.int() }) }, () => ({ n: 'SECRET' }) as unknown as { n: number })
    expect(await told(await serve(app), '/typed')).toEqual([500, null, 'Internal Server Error'])
    expect(log.takeErrors()).toHaveLength(1)
  })
})
