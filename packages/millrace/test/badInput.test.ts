import { App, dependency, form, text } from 'millrace'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { failOnFaults } from './support/faults.ts'
import { type Recorder, recorder, serveHttp, transportInUse } from './support/serve.ts'
import { RawSocket, rawRequest } from './support/socket.ts'

failOnFaults()

const Item = z.strictObject({ name: z.string(), price: z.number(), tags: z.array(z.string()).default([]) })
const Tree: z.ZodType = z.object({ children: z.array(z.lazy(() => Tree)) })

function makeApp(): { app: App; log: Recorder; open: Set<string> } {
  const log = recorder()
  const open = new Set<string>()
  const resource = dependency(async function* () {
    open.add('resource')
    try {
      yield 'resource'
    } finally {
      open.delete('resource')
    }
  })
  const app = new App({ logger: log.logger, maxBodyBytes: 10_000, docs: false })
  app.get('/ok', () => 'ok')
  app.post('/items', { body: Item, deps: { resource } }, ({ body }) => body)
  app.get('/items/:id', { params: z.object({ id: z.number() }) }, ({ params }) => params)
  app.put('/items/:id', () => 'put')
  app.get('/search', { query: z.object({ q: z.string() }) }, ({ query }) => query)
  app.post('/form', { body: form(z.object({ a: z.string() })) }, ({ body }) => body)
  app.post('/text', { body: text() }, ({ body }) => body)
  app.post('/tree', { body: Tree }, () => 'tree')
  app.get('/url', ({ request }) => request.url)
  app.use((context, next) => (context.method === 'TRACE' ? new Response(context.request.url) : next()))
  return { app, log, open }
}

const json = 'content-type: application/json'

interface Case {
  readonly send: string | Uint8Array
  readonly status: number
  readonly code: string
  readonly detail: string
  readonly extra?: object
  readonly headers?: Readonly<Record<string, string>>
  /** A transport that refuses it by itself, and closes the connection. */
  readonly refusedBy?: 'net'
}

const post = (body: string, ...headers: string[]) =>
  rawRequest('POST', '/items', headers.length ? headers : [json], body)
const latin1 = (source: string) => Buffer.from(source, 'latin1')
const issue = (path: (string | number)[], code: string, message: string, location = 'body') => ({
  in: location,
  path,
  code,
  message,
})

/** Each of these leaves the connection open for more. */
const problems: Record<string, Case> = {
  'malformed JSON': {
    send: post('{"name": secret}'),
    status: 400,
    code: 'malformed_json',
    detail: 'The body is not JSON: unexpected token',
  },
  'JSON that ends early': {
    send: post('{"name": "a"'),
    status: 400,
    code: 'malformed_json',
    detail: 'The body is not JSON: unexpected token at position 12',
  },
  'an empty body': {
    send: post(''),
    status: 422,
    code: 'invalid_input',
    detail: 'One input is not valid',
    extra: { errors: [issue([], 'missing', 'Required')] },
  },
  'no body and no type': {
    send: rawRequest('POST', '/items'),
    status: 422,
    code: 'invalid_input',
    detail: 'One input is not valid',
    extra: { errors: [issue([], 'missing', 'Required')] },
  },
  'a wrong content type': {
    send: post('name=a', 'content-type: application/x-www-form-urlencoded'),
    status: 415,
    code: 'unsupported_media_type',
    detail: "This operation takes application/json in UTF-8: set the header 'content-type'",
    headers: { accept: 'application/json' },
  },
  'a body without a type': {
    send: rawRequest('POST', '/items', [], '{}'),
    status: 415,
    code: 'unsupported_media_type',
    detail: "This operation takes application/json in UTF-8: set the header 'content-type'",
  },
  'a charset that is not UTF-8': {
    send: post('{}', 'content-type: application/json; charset=utf-16'),
    status: 415,
    code: 'unsupported_media_type',
    detail: "This operation takes application/json in UTF-8: set the header 'content-type'",
  },
  'a compressed body': {
    send: post('{}', json, 'content-encoding: gzip'),
    status: 415,
    code: 'unsupported_media_type',
    detail: 'This operation takes no compressed bodies',
    headers: { 'accept-encoding': 'identity' },
  },
  'wrong types, a missing field and an extra one': {
    send: post('{"price": "5", "tags": ["a", 1], "extra": 1}'),
    status: 422,
    code: 'invalid_input',
    detail: '4 inputs are not valid',
    extra: {
      errors: [
        issue(['name'], 'missing', 'Required'),
        issue(['price'], 'invalid_type', 'Invalid input: expected number, received string'),
        issue(['tags', 1], 'invalid_type', 'Invalid input: expected string, received number'),
        issue(['extra'], 'unrecognized_key', 'Unrecognized key'),
      ],
    },
  },
  'a body too large, announced': {
    send: post('x'.repeat(10_001)),
    status: 413,
    code: 'body_too_large',
    detail: 'The body is larger than 10000 bytes',
  },
  'a body too large, in chunks': {
    send: `${rawRequest('POST', '/items', [json, 'transfer-encoding: chunked'])}2710\r\n${'x'.repeat(10_000)}\r\n1\r\nx\r\n0\r\n\r\n`,
    status: 413,
    code: 'body_too_large',
    detail: 'The body is larger than 10000 bytes',
  },
  'an unknown route': {
    send: rawRequest('GET', '/nowhere?secret'),
    status: 404,
    code: 'not_found',
    detail: 'Nothing stands at /nowhere',
  },
  'an unknown method': {
    send: rawRequest('PURGE', '/items/1'),
    status: 405,
    code: 'method_not_allowed',
    detail: '/items/1 does not answer PURGE, only GET, HEAD, OPTIONS, PUT',
    headers: { allow: 'GET, HEAD, OPTIONS, PUT' },
  },
  'a method that no web Request can have, where a middleware wants one': {
    send: rawRequest('TRACE', '/items/1'),
    status: 400,
    code: 'bad_request',
    detail: 'A web Request cannot have the method TRACE',
  },
  'a broken percent-encoding in the path': {
    send: rawRequest('GET', '/items/%E0%A4%A'),
    status: 400,
    code: 'malformed_target',
    detail: "The path parameter 'id' is not properly percent-encoded",
  },
  'a broken percent-encoding in the query': {
    send: rawRequest('GET', '/search?q=%zz'),
    status: 400,
    code: 'malformed_target',
    detail: 'The query is not properly percent-encoded',
  },
  'a broken percent-encoding in a form': {
    send: rawRequest('POST', '/form', ['content-type: application/x-www-form-urlencoded'], 'a=%ff'),
    status: 400,
    code: 'malformed_body',
    detail: 'The form is not properly percent-encoded',
  },
  '__proto__ in JSON': {
    send: post('{"name": "a", "price": 1, "__proto__": {"admin": true}}'),
    status: 400,
    code: 'unsafe_key',
    detail: "The key '__proto__' is not accepted",
  },
  '__proto__ in JSON, spelled with escapes, deep inside': {
    send: post('{"name": "a", "tags": [{"\\u005f_proto_\\u005F": 1}]}'),
    status: 400,
    code: 'unsafe_key',
    detail: "The key '__proto__' is not accepted",
  },
  '__proto__ in the query': {
    send: rawRequest('GET', '/search?q=1&%5F_proto__=1'),
    status: 400,
    code: 'unsafe_key',
    detail: "The name '__proto__' is not accepted",
  },
  '__proto__ in a form': {
    send: rawRequest('POST', '/form', ['content-type: application/x-www-form-urlencoded'], '__proto__=1'),
    status: 400,
    code: 'unsafe_key',
    detail: "The name '__proto__' is not accepted",
  },
  'invalid UTF-8 in JSON': {
    send: latin1(post('{"name": "aa", "price": 1}').replace('aa', '\xc3\x28')),
    status: 400,
    code: 'malformed_body',
    detail: 'The body is not UTF-8',
  },
  'invalid UTF-8 in a text': {
    send: latin1(rawRequest('POST', '/text', ['content-type: text/plain'], 'aa').replace('aa', '\xff\xfe')),
    status: 400,
    code: 'malformed_body',
    detail: 'The body is not UTF-8',
  },
  'a deep nesting': {
    send: rawRequest('POST', '/tree', [json], '['.repeat(5_000) + ']'.repeat(5_000)),
    status: 400,
    code: 'malformed_json',
    detail: 'The body is nested deeper than 500 levels',
  },
  'a deep nesting for a recursive schema': {
    send: rawRequest('POST', '/tree', [json], `${'{"children":['.repeat(600)}${']}'.repeat(600)}`),
    status: 400,
    code: 'malformed_json',
    detail: 'The body is nested deeper than 500 levels',
  },
  'an absurd Host header': {
    refusedBy: 'net',
    send: 'GET /url HTTP/1.1\r\nhost: a b/../<script>@:99999999\r\n\r\n',
    status: 400,
    code: 'bad_request',
    detail: "The header 'host' is not a host",
  },
  'a Host header whose port is too large': {
    send: 'GET /url HTTP/1.1\r\nhost: localhost:99999\r\n\r\n',
    status: 400,
    code: 'bad_request',
    detail: "The header 'host' is not a host",
  },
  'a Host header like an address, but none': {
    send: 'GET /url HTTP/1.1\r\nhost: 1.2.3.4.5\r\n\r\n',
    status: 400,
    code: 'bad_request',
    detail: "The header 'host' is not a host",
  },
}

const titles: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  404: 'Not Found',
  405: 'Method Not Allowed',
  409: 'Conflict',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  422: 'Unprocessable Content',
}

describe('bad input', () => {
  it.each(Object.entries(problems).filter(([, { refusedBy }]) => refusedBy !== transportInUse()))(
    '%s gets its problem, and the connection serves on',
    async (_name, wanted) => {
      const { app, open } = makeApp()
      const { port } = await serveHttp(app)
      const socket = new RawSocket(port)
      void socket.write(wanted.send)
      const { status, headers, body } = await socket.answer()
      const { code, detail, extra } = wanted
      expect({ status, type: headers['content-type'], body: JSON.parse(body) }).toEqual({
        status: wanted.status,
        type: 'application/problem+json',
        body: { type: 'about:blank', title: titles[wanted.status], status: wanted.status, detail, code, ...extra },
      })
      expect(headers).toMatchObject(wanted.headers ?? {})
      void socket.write(rawRequest('GET', '/ok'))
      expect(await socket.answer()).toMatchObject({ status: 200, body: 'ok' })
      expect(open).toEqual(new Set())
      expect(await (await fetch(`http://127.0.0.1:${port}/ok`)).text()).toBe('ok')
    },
  )

  it('is not taken for headers that every object seems to have', async () => {
    const app = new App({ logger: recorder().logger })
    const wanted = z.object({ constructor: z.string().optional(), 'x-a': z.string() })
    app.get('/', { headers: wanted }, ({ headers }) => Object.entries(headers))
    const { port } = await serveHttp(app)
    const socket = new RawSocket(port)
    void socket.write(rawRequest('GET', '/', ['__proto__: 1', 'x-a: 1']))
    expect((await socket.answer()).body).toBe('[["x-a","1"]]')
  })

  it('takes linear time for a form without an equals sign', async () => {
    const app = new App({ logger: recorder().logger, maxBodyBytes: 4_000_000, maxBodyValues: Number.POSITIVE_INFINITY })
    app.post('/form', { body: form(z.object({ a: z.array(z.string()) })) }, ({ body }) => body.a.length)
    const { request } = await serveHttp(app)
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    const response = await request('/form', { method: 'POST', headers, body: 'a&'.repeat(1_500_000) })
    expect(await response.text()).toBe('1500000')
  })

  it('takes linear time for a body in which everything is wrong, and tells 1,000 issues of it', async () => {
    const app = new App({ logger: recorder().logger })
    app.post('/list', { body: z.array(z.number()) }, () => 'never')
    const { request } = await serveHttp(app)
    const body = `[${'"",'.repeat(40_000)}""]`
    const response = await request('/list', { method: 'POST', headers: { 'content-type': 'application/json' }, body })
    const { errors } = (await response.json()) as { errors: unknown[] }
    expect([response.status, errors.length]).toEqual([422, 1_000])
  })
})
