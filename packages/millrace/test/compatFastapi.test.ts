import { App, dependency, fail, form, HttpError, multipart, sse } from 'millrace'
import { embed, parameterModel } from 'millrace/compat'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { readRecorded } from './support/recorded.ts'
import { describeTransports, type Served } from './support/serve.ts'

/** What FastAPI 0.142.2 answers, recorded by fixtures/fastapi/behaviour.py; `calls` are the dependencies that ran. */
type Recorded = [
  method: string,
  path: string,
  body: string | null,
  headers: Record<string, string>,
  status: number,
  answered: Record<string, string>,
  text: string,
  calls: string[],
]

const recorded = readRecorded<Recorded>('fastapi/behaviour.jsonl')

/** The app of behaviour.py. */
function port(calls: string[]): App {
  const app = new App({ compat: 'fastapi', logger: false })
  const Item = z.object({ name: z.string(), price: z.number() }).meta({ id: 'Item' })

  const shared = dependency({ headers: z.object({ 'x-shared': z.int() }) }, () => void calls.push('shared'))
  const one = dependency({ headers: z.object({ 'x-one': z.int() }), deps: { shared } }, () => void calls.push('one'))
  const two = dependency(
    { headers: z.object({ 'x-two': z.string().default('b') }), deps: { shared } },
    () => void calls.push('two'),
  )
  const three = dependency(() => void calls.push('three'))
  const guard = dependency(
    { headers: z.object({ authorization: z.string().optional() }), guard: true },
    ({ headers: { authorization } }) => {
      calls.push('guard')
      if (authorization === undefined) fail(401, 'Not authenticated', { headers: { 'www-authenticate': 'Bearer' } })
    },
  )
  const swallowing = dependency(function* () {
    try {
      yield 1
    } catch {
      // As its namesake does.
    }
  })
  const rethrowing = dependency(function* () {
    try {
      yield 1
    } catch {
      fail(418, 'from the dependency')
    }
  })

  app.post('/deps/:id', { params: z.object({ id: z.int() }), body: Item, deps: { one, two, three } }, () => 'done')
  app.post('/guarded', { query: z.object({ q: z.int() }), body: Item, deps: { guard } }, () => 'done')
  app.post('/late-guard', { body: Item, deps: { one, guard } }, () => 'done')
  app.get('/swallow', { deps: { swallowing } }, () => fail(404, 'gone'))
  app.get('/rethrow', { deps: { rethrowing } }, () => {
    throw new TypeError('x')
  })
  const page = parameterModel(z.object({ limit: z.int().max(100).default(100), order: z.string() }))
  app.get('/page', { query: page }, ({ query }) => query)
  app.get('/strict-page', { query: z.strictObject({ limit: z.int().default(10) }) }, ({ query }) => query)
  app.get('/cookies', { cookies: z.object({ sid: z.int(), theme: z.string().default('light') }) }, ({ cookies }) => [
    cookies.sid,
    cookies.theme,
  ])
  const login = { username: z.string(), password: z.string() }
  const withAge = form(z.object({ ...login, age: z.int().nullable().default(null) }))
  app.post('/login', { body: withAge }, ({ body: { username, password, age } }) => [username, password, age])
  app.post('/login-model', { body: form(parameterModel(z.object(login))) }, ({ body }) => body)
  app.post('/strict-login', { body: form(z.strictObject({ username: z.string() })) }, ({ body }) => body)
  const upload = multipart(z.object({ note: z.string(), file: z.file(), tags: z.array(z.string()).default([]) }))
  app.post('/upload', { body: upload }, async ({ body: { note, file, tags } }) => [
    note,
    file.name,
    await file.text(),
    tags,
  ])
  app.post('/items', { body: Item }, ({ body }) => body)
  app.post('/maybe', { body: Item.nullable().default(null) }, ({ body }) => body)
  const bodies = embed(
    z.object({ item: Item, other: Item.nullable().default(null), importance: z.int().gt(0).default(1) }),
  )
  app.put('/two/:id', { params: z.object({ id: z.int() }), body: bodies }, ({ params, body }) => ({
    ...params,
    ...body,
  }))
  app.post('/list', { body: z.array(z.int()) }, ({ body }) => body)
  app.post('/dict', { body: z.record(z.string(), z.number()) }, ({ body }) => body)
  app.post('/text', { body: z.string() }, ({ body }) => body)
  app.get('/str', () => 'text')
  app.get('/none', () => null)
  app.get('/unicode', () => ({ b: 'é😀', a: [1, 2.5, true, null] }))
  app.get('/typed', { query: z.object({ bad: z.boolean().default(false) }), response: Item }, ({ query }) => {
    const typed: unknown = { name: 'n', price: query.bad ? 'x' : 2, secret: 1 }
    return typed as { name: string; price: number }
  })
  app.post('/created', { status: 201 }, () => ({ ok: true }))
  app.delete('/gone', { status: 204 }, () => undefined)
  app.get('/teapot', () => {
    throw new HttpError(418, 'Tea', { extra: { detail: { any: ['json', 1] } }, headers: { 'X-Tea': 'green' } })
  })
  app.get('/bare', () => fail(409))
  app.get('/not-modified', () => new Response(null, { status: 304 }))
  app.get('/boom', () => {
    throw new Error('SECRET')
  })
  app.get('/slashed/', () => 1)
  app.get('/bare-path/:id', ({ params }) => params.id)
  app.post('/bare-path/:id', ({ params }) => params.id)
  app.get('/files/*path', ({ params }) => params.path)
  app.get('/twice', () => 1)
  app.get('/twice', () => 2)
  return app
}

async function ask({ request }: Served, [method, path, body, headers]: Recorded): Promise<Response> {
  // The recorder sends what is not UTF-8 byte by byte.
  const bytes = body === null ? undefined : Buffer.from(body, body.includes('ÿ') ? 'latin1' : 'utf8')
  return await request(path, { method, headers, redirect: 'manual', ...(bytes ? { body: bytes } : {}) })
}

function meant(value: string): unknown {
  try {
    return JSON.parse(value)
  } catch {
    return value
  }
}

describeTransports('compat: fastapi', (serve) => {
  it.each(recorded.map((one) => [`${one[0]} ${one[1]} ${one[2] ?? ''}`.slice(0, 120), one] as const))(
    'answers as FastAPI: %s',
    async (_name, one) => {
      const calls: string[] = []
      const served = await serve(port(calls))
      const [, , , , status, answered, body, called] = one
      const response = await ask(served, one)
      const headers = Object.fromEntries(Object.keys(answered).map((name) => [name, response.headers.get(name)]))
      const location = answered['location']?.replace('http://localhost', served.url)
      expect({ status: response.status, headers, body: meant(await response.text()), calls }).toEqual({
        status,
        headers: { ...answered, ...(location === undefined ? {} : { location }) },
        body: meant(body),
        calls: called,
      })
    },
  )

  it('writes items that no schema declares as json.dumps does', async () => {
    const app = new App({ compat: 'fastapi', logger: false })
    const items = [{ name: 'Mühle, "alt": \\', sizes: [1, 2.5], isOld: true }, 'a: b, 🌾']
    app.get('/events', { response: sse() }, () => items)
    app.get('/lines', function* () {
      yield* items
    })
    app.get('/declared', { response: sse(z.object({ name: z.string() })) }, () => [{ name: 'Mühle, alt' }])
    const { request } = await serve(app)
    const lines = [
      '{"name": "M\\u00fchle, \\"alt\\": \\\\", "sizes": [1, 2.5], "isOld": true}',
      '"a: b, \\ud83c\\udf3e"',
    ]
    const read = async (path: string) => (await request(path)).text()
    expect(await read('/events')).toBe(lines.map((line) => `data: ${line}\n\n`).join(''))
    expect(await read('/lines')).toBe(lines.map((line) => `${line}\n`).join(''))
    expect(await read('/declared')).toBe('data: {"name":"Mühle, alt"}\n\n')
  })
})
