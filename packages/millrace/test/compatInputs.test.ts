import { App, form } from 'millrace'
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
