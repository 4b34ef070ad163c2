import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { App, cors, form, multipart, staticFiles } from 'millrace'
import { parameterModel } from 'millrace/compat'
import { apiKey, httpBasic, passwordForm } from 'millrace/security'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { describeTransports, type Served } from './support/serve.ts'

const json = 'application/json'

function fastapiApp(): App {
  return new App({ compat: 'fastapi', logger: false })
}

/** Status, the named headers, and the text of an answer. */
async function told({ request }: Served, path: string, init: RequestInit = {}, names: readonly string[] = []) {
  const response = await request(path, { redirect: 'manual', ...init })
  return [response.status, names.map((name) => response.headers.get(name)), await response.text()]
}

// All answers here are those of FastAPI 0.142.2 (Starlette 1.10, pydantic 2.14) and Flask 3.1.3 (Werkzeug 3.1.9).
describeTransports('errors of paths and methods', (serve) => {
  it.each([
    ['fastapi', 'Not Found', 'Method Not Allowed'],
    [
      'flask',
      '404 Not Found: The requested URL was not found on the server. If you entered the URL manually please check your spelling and try again.',
      '405 Method Not Allowed: The method is not allowed for the requested URL.',
    ],
    [undefined, 'Nothing stands at /zz', '/x does not answer POST, only GET, HEAD, OPTIONS'],
  ] as const)('come to handlers in the words of %s', async (compat, missing, refused) => {
    const app = new App({ logger: false, ...(compat ? { compat } : {}) })
    app.get('/x', () => 1)
    app.onError(404, (error) => [(error as Error).message])
    app.onError(405, (error) => [(error as Error).message])
    const served = await serve(app)
    expect(JSON.parse((await told(served, '/zz'))[2] as string)).toEqual([missing])
    expect(JSON.parse((await told(served, '/x', { method: 'POST' }))[2] as string)).toEqual([refused])
  })
})

describeTransports('cors() under compat: fastapi', (serve) => {
  const names = [
    'allow-origin',
    'allow-methods',
    'allow-headers',
    'max-age',
    'allow-credentials',
    'expose-headers',
  ].map((name) => `access-control-${name}`)
  const corsApp = () => {
    const app = fastapiApp()
    app.use(
      cors({
        origins: ['https://a.example'],
        methods: ['GET'],
        headers: ['X-One'],
        credentials: true,
        exposeHeaders: ['X-E'],
      }),
    )
    app.get('/', () => 1)
    return app
  }
  const headers = 'Accept, Accept-Language, Content-Language, Content-Type, X-One'

  it.each([
    ['https://a.example', 'GET', 'x-one, content-type', 200, 'https://a.example', 'OK'],
    ['https://a.example', 'GET', 'x-one, x-two', 400, 'https://a.example', 'Disallowed CORS headers'],
    ['https://a.example', 'PUT', '', 400, 'https://a.example', 'Disallowed CORS method'],
    ['https://e.example', 'PUT', 'x-two', 400, null, 'Disallowed CORS origin, method, headers'],
  ])('answers a preflight of %s for %s with %s', async (origin, method, asked, status, allowed, text) => {
    const init = {
      method: 'OPTIONS',
      headers: { origin, 'access-control-request-method': method, 'access-control-request-headers': asked },
    }
    expect(await told(await serve(corsApp()), '/', init, [...names, 'vary'])).toEqual([
      status,
      [
        allowed,
        'GET',
        headers,
        '600',
        'true',
        null,
        'Origin, Access-Control-Request-Method, Access-Control-Request-Headers, Access-Control-Request-Private-Network',
      ],
      text,
    ])
  })

  it.each([
    ['https://a.example', 'https://a.example'],
    ['https://e.example', null],
  ])('answers a request of %s', async (origin, allowed) => {
    expect(await told(await serve(corsApp()), '/', { headers: { origin } }, [...names, 'vary'])).toEqual([
      200,
      [allowed, null, null, null, 'true', 'X-E', 'Origin'],
      '1',
    ])
  })
})

describeTransports('compat: fastapi', (serve) => {
  it('reads broken escapes in a query as Python does', async () => {
    const app = fastapiApp()
    app.get('/', { query: z.object({ q: z.string() }) }, ({ query }) => query.q)
    const served = await serve(app)
    expect(await told(served, '/?q=%ff')).toEqual([200, [], '"\ufffd"'])
    expect(await told(served, '/?q=a%zz%C3%A9%')).toEqual([200, [], '"a%zz\u00e9%"'])
  })

  it('gives a model of a form its empty fields', async () => {
    const app = fastapiApp()
    const Form = z.object({
      user: z.string().min(2),
      remember: z.boolean().default(false),
      tags: z.array(z.string()).default([]),
      nick: z.string().nullable().default(null),
    })
    app.post('/', { body: form(parameterModel(Form)) }, ({ body }) => body)
    const served = await serve(app)
    const post = (fields: string) => told(served, '/', { method: 'POST', body: new URLSearchParams(fields) })
    expect(await post('user=')).toEqual([
      422,
      [],
      '{"detail":[{"type":"string_too_short","loc":["body","user"],"msg":"String should have at least 2 characters","input":"","ctx":{"min_length":2}}]}',
    ])
    expect(await post('user=ab&tags=&nick=')).toEqual([200, [], '{"user":"ab","remember":false,"tags":[""],"nick":""}'])
    expect(await post('user=ab&remember=')).toEqual([
      422,
      [],
      '{"detail":[{"type":"bool_parsing","loc":["body","remember"],"msg":"Input should be a valid boolean, unable to interpret input","input":""}]}',
    ])
  })

  it('checks the form of a token endpoint by a pattern', async () => {
    const app = fastapiApp()
    app.post('/login', { body: passwordForm() }, ({ body }) => body.username)
    const served = await serve(app)
    const post = (fields: string) => told(served, '/login', { method: 'POST', body: new URLSearchParams(fields) })
    expect(await post('grant_type=client&username=a&password=b')).toEqual([
      422,
      [],
      '{"detail":[{"type":"string_pattern_mismatch","loc":["body","grant_type"],"msg":"String should match pattern \'^password$\'","input":"client","ctx":{"pattern":"^password$"}}]}',
    ])
    expect(await post('grant_type=&username=a&password=b')).toEqual([200, [], '"a"'])
  })

  it('says that an answer without a body is JSON', async () => {
    const app = fastapiApp()
    app.delete('/', { status: 204 }, () => undefined)
    expect(await told(await serve(app), '/', { method: 'DELETE' }, ['content-type'])).toEqual([204, [json], ''])
  })

  it('answers HEAD on the pages of the documentation, and nowhere else', async () => {
    const app = fastapiApp()
    app.get('/x', () => 1)
    const served = await serve(app)
    for (const path of ['/docs', '/openapi.json']) {
      expect((await told(served, path, { method: 'HEAD' }))[0]).toBe(200)
      expect(await told(served, path, { method: 'POST' }, ['allow'])).toEqual([
        405,
        ['GET, HEAD'],
        '{"detail":"Method Not Allowed"}',
      ])
    }
    expect(await told(served, '/x', { method: 'HEAD' }, ['allow'])).toEqual([405, ['GET'], ''])
  })

  it.each([
    ['xx', 'Invalid multipart data.'],
    [
      '--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n--b--\r\n',
      'The Content-Disposition header field "name" must be provided.',
    ],
  ])('tells of multipart that cannot be read: %s', async (body, detail) => {
    const app = fastapiApp()
    app.post('/', { body: multipart(z.object({ f: z.file() })) }, () => 1)
    const init = { method: 'POST', headers: { 'content-type': 'multipart/form-data; boundary=b' }, body }
    expect(await told(await serve(app), '/', init)).toEqual([400, [], JSON.stringify({ detail })])
  })

  it('asks for credentials and reads them as FastAPI does', async () => {
    const app = fastapiApp()
    app.get('/basic', { deps: { login: httpBasic() } }, ({ login }) => login)
    app.get('/realm', { deps: { login: httpBasic({ realm: 'x' }) } }, ({ login }) => login)
    app.get('/key', { deps: { key: apiKey({ in: 'query', name: 'k' }) } }, ({ key }) => key)
    const served = await serve(app)
    const refused = '{"detail":"Not authenticated"}'
    const basic = (text: string) => ({ headers: { authorization: `Basic ${Buffer.from(text).toString('base64')}` } })
    const names = ['www-authenticate']
    expect(await told(served, '/basic', {}, names)).toEqual([401, ['Basic'], refused])
    expect(await told(served, '/realm', {}, names)).toEqual([401, ['Basic realm="x", charset="UTF-8"'], refused])
    expect(await told(served, '/basic', basic('\u00e9:x'), names)).toEqual([401, ['Basic'], refused])
    expect((await told(served, '/basic', basic('e:x')))[2]).toBe('{"username":"e","password":"x"}')
    expect(await told(served, '/key?k=1&k=2')).toEqual([200, [], '"2"'])
    expect(await told(served, '/key?k=1&k=', {}, names)).toEqual([401, ['APIKey'], refused])
  })

  it('redirects to what is mounted', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'millrace-static-'))
    writeFileSync(join(directory, 'a.txt'), 'hi')
    const app = fastapiApp()
    app.mount('/static', staticFiles({ directory }))
    const served = await serve(app)
    const { url } = served
    expect(await told(served, '/static?a=1', {}, ['location'])).toEqual([307, [`${url}/static/?a=1`], ''])
    expect(await told(served, '/static/')).toEqual([404, [], '{"detail":"Not Found"}'])
    expect((await told(served, '/static/a.txt'))[2]).toBe('hi')
  })
})

it('the form of a token endpoint is described as FastAPI describes it', () => {
  const app = fastapiApp()
  app.post('/login', { body: passwordForm() }, function login() {
    return 1
  })
  const { components } = app.openapi() as unknown as { components: { schemas: Record<string, unknown> } }
  expect(components.schemas['Body_login_login_post']).toEqual({
    properties: {
      grant_type: { anyOf: [{ type: 'string', pattern: '^password$' }, { type: 'null' }], title: 'Grant Type' },
      username: { type: 'string', title: 'Username' },
      password: { type: 'string', format: 'password', title: 'Password' },
      scope: { type: 'string', title: 'Scope', default: '' },
      client_id: { anyOf: [{ type: 'string' }, { type: 'null' }], title: 'Client Id' },
      client_secret: { anyOf: [{ type: 'string' }, { type: 'null' }], format: 'password', title: 'Client Secret' },
    },
    type: 'object',
    required: ['username', 'password'],
    title: 'Body_login_login_post',
  })
})

describeTransports('compat: flask', (serve) => {
  it('refuses a request without a body and a type where JSON is wanted', async () => {
    const app = new App({ compat: 'flask', logger: false })
    app.post('/', { body: z.object({ a: z.int() }) }, ({ body }) => body)
    app.post('/optional', { body: z.object({ a: z.int() }).optional() }, ({ body = null }) => body)
    const served = await serve(app)
    expect(await told(served, '/', { method: 'POST' })).toEqual([
      415,
      [],
      '<!doctype html>\n<html lang=en>\n<title>415 Unsupported Media Type</title>\n<h1>Unsupported Media Type</h1>\n<p>Did not attempt to load JSON data because the request Content-Type was not &#39;application/json&#39;.</p>\n',
    ])
    expect(await told(served, '/optional', { method: 'POST' })).toEqual([200, [], 'null\n'])
    expect((await told(served, '/', { method: 'POST', headers: { 'content-type': json }, body: '' }))[0]).toBe(400)
  })

  it('says that an answer without a body is HTML', async () => {
    const app = new App({ compat: 'flask', logger: false })
    app.get('/', { status: 204 }, () => '')
    expect(await told(await serve(app), '/', {}, ['content-type'])).toEqual([204, ['text/html; charset=utf-8'], ''])
  })
})
