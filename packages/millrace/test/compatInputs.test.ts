import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import { json } from 'node:stream/consumers'
import { App, form } from 'millrace'
import { parameterModel } from 'millrace/compat'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { describeTransports } from './support/serve.ts'

/** Tells the cookies that come, and sets one. */
function cookieApp(compat?: 'fastapi' | 'flask'): App {
  const app = new App({ logger: false, ...(compat ? { compat } : {}) })
  const text = z.string().nullable().default(null)
  app.get('/', { cookies: z.object({ a: text, b: text }) }, ({ cookies: { a, b } }) => [a, b])
  app.post('/', { query: z.object({ value: z.string() }) }, ({ query, response }) => {
    response.setCookie('a', query.value, { sameSite: false })
    return 'set'
  })
  return app
}

// What FastAPI 0.142.4 (Starlette 1.10) and Flask 3.1.3 (Werkzeug 3.1.9) read, and what is Millrace's own.
describeTransports('cookies that come', (serve) => {
  it.each([
    ['a="x y"; b=1%202', ['x y', '1%202'], ['x y', '1%202'], ['"x y"', '1 2']],
    ['a=1; a=2', ['2', null], ['1', null], ['1', null]],
    ['a="\\"\\\\"; b="', ['"\\', '"'], ['"\\', '"'], ['"\\"\\\\"', '"']],
    ['a="\\303\\251"', ['Ã©', null], ['é', null], ['"\\303\\251"', null]],
    ['a; =x;b=', [null, ''], [null, ''], [null, '']],
  ])('%s', async (cookie, fastapi, flask, own) => {
    const expected = { fastapi, flask, own }
    for (const compat of ['fastapi', 'flask', undefined] as const) {
      const { request } = await serve(cookieApp(compat))
      expect(await (await request('/', { headers: { cookie } })).json()).toEqual(expected[compat ?? 'own'])
    }
  })
})

describeTransports('cookies that are set', (serve) => {
  it.each([
    ['a b', '"a b"', '"a b"', 'a%20b'],
    ['a=b/c', '"a=b/c"', 'a=b/c', 'a%3Db%2Fc'],
    ['x;"\\', '"x\\073\\"\\\\"', '"x\\073\\"\\\\"', 'x%3B%22%5C'],
    ['é,', '"\\351\\054"', '"\\303\\251\\054"', '%C3%A9%2C'],
    ['', '', '', ''],
  ])('%s', async (value, fastapi, flask, own) => {
    const expected = { fastapi, flask, own }
    for (const compat of ['fastapi', 'flask', undefined] as const) {
      const { request } = await serve(cookieApp(compat))
      const response = await request(`/?value=${encodeURIComponent(value)}`, { method: 'POST' })
      expect(response.headers.get('set-cookie')).toBe(`a=${expected[compat ?? 'own']}; Path=/; HttpOnly`)
    }
  })

  it('and cannot hold what Starlette cannot write', async () => {
    const { request } = await serve(cookieApp('fastapi'))
    expect((await request('/?value=%E2%82%AC', { method: 'POST' })).status).toBe(500)
  })
})

/** A form in which one field, or one that nobody has declared, is a file. */
function bodyOf(fileField: string, other: string): FormData {
  const body = new FormData()
  body.set(fileField, new File(['hi'], 'a.txt', { type: 'text/plain' }))
  body.set(other, 'ada')
  return body
}

describeTransports('a file in a form that takes none', (serve) => {
  const formApp = (compat?: 'fastapi' | 'flask') => {
    const app = new App({ logger: false, ...(compat ? { compat } : {}) })
    app.post('/', { body: form(z.object({ user: z.string() })) }, ({ body }) => [body.user])
    return app
  }

  it('is a value that is no text, or one that nobody asked for: FastAPI', async () => {
    const { request } = await serve(formApp('fastapi'))
    const wrong = await request('/', { method: 'POST', body: bodyOf('user', 'other') })
    expect([wrong.status, await wrong.json()]).toEqual([
      422,
      {
        detail: [
          {
            type: 'string_type',
            loc: ['body', 'user'],
            msg: 'Input should be a valid string',
            input: { filename: 'a.txt', size: 2, headers: { 'content-type': 'text/plain' } },
          },
        ],
      },
    ])
    const unasked = await request('/', { method: 'POST', body: bodyOf('avatar', 'user') })
    expect([unasked.status, await unasked.json()]).toEqual([200, ['ada']])
  })

  it('is not there: Flask', async () => {
    const { request } = await serve(formApp('flask'))
    expect((await request('/', { method: 'POST', body: bodyOf('user', 'other') })).status).toBe(400)
    const unasked = await request('/', { method: 'POST', body: bodyOf('avatar', 'user') })
    expect([unasked.status, await unasked.json()]).toEqual([200, ['ada']])
  })

  it('is refused: our own', async () => {
    const { request } = await serve(formApp())
    expect((await request('/', { method: 'POST', body: bodyOf('avatar', 'user') })).status).toBe(415)
  })
})

describeTransports('repeated values', (serve) => {
  it('are taken as each framework takes them where one is wanted', async () => {
    const expected = { fastapi: ['2', '2'], flask: ['1', '1'], own: ['2', '2'] }
    for (const compat of ['fastapi', 'flask', undefined] as const) {
      const app = new App({ logger: false, ...(compat ? { compat } : {}) })
      const field = z.object({ a: z.string() })
      app.post('/', { query: field, body: form(field) }, ({ query, body }) => [query.a, body.a])
      const { request } = await serve(app)
      const response = await request('/?a=1&a=2', { method: 'POST', body: new URLSearchParams('a=1&a=2') })
      expect(await response.json()).toEqual(expected[compat ?? 'own'])
    }
  })
})

describeTransports('an integer that JavaScript cannot hold', (serve) => {
  it('is told as one that is too large, unless it may be a bigint', async () => {
    const app = new App({ logger: false, compat: 'fastapi' })
    app.get('/int', { query: z.object({ skip: z.int() }) }, ({ query }) => query.skip)
    app.get('/big', { query: z.object({ skip: z.bigint() }) }, ({ query }) => String(query.skip))
    const { request } = await serve(app)
    const skip = '99999999999999999999'
    const answer = await request(`/int?skip=${skip}`)
    expect([answer.status, await answer.json()]).toEqual([
      422,
      {
        detail: [
          {
            type: 'int_parsing_size',
            loc: ['query', 'skip'],
            msg: 'Unable to parse input string as an integer, exceeded maximum size',
            input: skip,
          },
        ],
      },
    ])
    expect(await (await request(`/int?skip=${2 ** 53 - 1}`)).json()).toBe(2 ** 53 - 1)
    expect(await (await request(`/big?skip=${skip}`)).json()).toBe(skip)
  })
})

describeTransports('times', (serve) => {
  // As FastAPI writes them.
  it.each([
    ['03:04Z', '03:04:00Z'],
    ['03:04:05.5+01:30', '03:04:05.500000+01:30'],
    [3600, '01:00:00Z'],
    ['03:04', '03:04:00'],
    ['03:04:05.5', '03:04:05.500000'],
  ])('%s', async (sent, expected) => {
    const Model = z.object({ at: z.iso.time(), all: z.array(z.iso.time()) })
    const app = new App({ logger: false, compat: 'fastapi' })
    app.post('/', { body: Model, response: Model }, ({ body }) => body)
    app.post('/either', { body: z.union([z.int(), z.iso.time()]) }, ({ body }) => ({ body }))
    const { request } = await serve(app)
    const headers = { 'content-type': 'application/json' }
    const body = JSON.stringify({ at: sent, all: [sent] })
    const response = await request('/', { method: 'POST', headers, body })
    expect(await response.json()).toEqual({ at: expected, all: [expected] })
    const either = await request('/either', { method: 'POST', headers, body: JSON.stringify(sent) })
    expect(await either.json()).toEqual({ body: typeof sent === 'number' ? sent : expected })
  })

  it('keep what code makes of them', async () => {
    const app = new App({ logger: false, compat: 'fastapi' })
    const at = z.iso.time().transform((text) => text.length)
    app.get('/', { query: z.object({ at }) }, ({ query }) => query)
    const { request } = await serve(app)
    expect(await (await request('/?at=03:04Z')).json()).toEqual({ at: 8 })
  })
})

describeTransports('lists in headers', (serve) => {
  it('are made of repeated headers under compat: fastapi, not of commas', async () => {
    const app = new App({ logger: false, compat: 'fastapi' })
    app.get('/', { headers: z.object({ 'x-trace': z.array(z.int()) }) }, ({ headers }) => headers['x-trace'])
    app.get('/model', { headers: parameterModel(z.object({ x_trace: z.array(z.int()) })) }, ({ headers }) => headers)
    const { request } = await serve(app)
    const issue = {
      type: 'int_parsing',
      msg: 'Input should be a valid integer, unable to parse string as an integer',
      input: '1,2',
    }
    const commas = await request('/', { headers: { 'x-trace': '1,2' } })
    expect([commas.status, await commas.json()]).toEqual([
      422,
      { detail: [{ ...issue, loc: ['header', 'x-trace', 0] }] },
    ])
    const model = await request('/model', { headers: { 'x-trace': '1,2' } })
    expect([model.status, await model.json()]).toEqual([422, { detail: [{ ...issue, loc: ['header', 'x_trace', 0] }] }])
    expect(await (await request('/', { headers: { 'x-trace': '1' } })).json()).toEqual([1])
  })

  it('have an item for each of the headers that came', async () => {
    const app = new App({ logger: false, compat: 'fastapi' })
    app.get('/', { headers: z.object({ 'x-trace': z.array(z.string()) }) }, ({ headers }) => headers['x-trace'])
    const { url } = await serve(app)
    const sent = { 'x-trace': ['a', 'b, c'] }
    if (url === 'http://localhost') {
      // A web Request joins them.
      const headers = new Headers(sent['x-trace'].map((value): [string, string] => ['x-trace', value]))
      expect(await (await app.request('/', { headers })).json()).toEqual(['a', 'b', 'c'])
      return
    }
    const request = get(url, { headers: sent })
    const [response] = (await once(request, 'response')) as [IncomingMessage]
    expect(await json(response)).toEqual(['a', 'b, c'])
  })
})

it('are named in the document as on the wire', () => {
  const app = new App({ logger: false, compat: 'fastapi' })
  app.get('/model', { headers: parameterModel(z.object({ x_one: z.int() })) }, () => 1)
  app.get('/plain', { headers: z.object({ x_one: z.int() }) }, () => 1)
  const { paths } = app.openapi() as { paths: Record<string, { get: { parameters: unknown } }> }
  const schema = { type: 'integer', title: 'X One' }
  expect(paths['/model']?.get.parameters).toEqual([{ name: 'x-one', in: 'header', required: true, schema }])
  expect(paths['/plain']?.get.parameters).toEqual([{ name: 'x_one', in: 'header', required: true, schema }])
})
