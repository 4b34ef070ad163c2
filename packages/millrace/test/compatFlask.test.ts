import { App, fail, form, redirect, reply } from 'millrace'
import { flask } from 'millrace/compat'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { readRecorded } from './support/recorded.ts'
import { describeTransports, recorder } from './support/serve.ts'

/** What Flask 3.1.3 answers, recorded by fixtures/flask/behaviour.py. The order of `allow` varies there. */
type Recorded = [
  method: string,
  path: string,
  body: string | null,
  headers: Record<string, string>,
  status: number,
  answered: Record<string, string>,
  allow: string[] | null,
  text: string,
]

const recorded = readRecorded<Recorded>('flask/behaviour.jsonl')

/** The app of behaviour.py. */
function port(): App {
  const app = new App({ compat: 'flask', logger: false, maxBodyBytes: 50 })
  app.get('/str', () => '<b>é</b>')
  app.get('/dict', () => ({
    b: 'é😀\u2028<',
    a: [1, 2.5, true, null],
    d: new Date(Date.UTC(2024, 0, 2)),
    dt: new Date(Date.UTC(2024, 0, 2, 3, 4, 5)),
    n: { z: 1, y: { 2: 3, 1: 4 } },
  }))
  app.get('/list', () => [3, 'a'])
  app.get('/tuple', () => reply(201, { a: 1 }, { headers: { 'X-A': 'b' } }))
  app.get('/json-str', { response: z.string() }, () => 'é')
  app.get('/int/:id', { params: z.object({ id: z.int() }) }, ({ params }) => params)
  app.get('/float/:id', { params: z.object({ id: z.number() }) }, ({ params }) => params)
  app.get('/path/*p', ({ params }) => params)
  app.get('/text/:name', ({ params }) => params)
  app.get('/sl/', () => 'sl')
  app.get('/nsl', () => 'nsl')
  app.post('/json', { body: z.json() }, ({ body }) => ({ got: body }))
  app.post('/form', { body: form(z.object({ a: z.string() })) }, ({ body }) => body)
  const args = z.object({ q: z.int().catch(1), l: z.array(z.string()).default([]) })
  app.get('/args', { query: args }, ({ query }) => query)
  app.get('/abort/:code', { params: z.object({ code: z.int() }) }, ({ params }) => fail(params.code))
  app.get('/abort-text', () => fail(404, 'No such <thing>'))
  app.get('/boom', () => {
    throw new Error('SECRET')
  })
  app.get('/multi', () => 'm')
  app.post('/multi', () => 'm')
  app.delete('/multi', () => 'd')
  app.put('/put', () => 'p')
  app.get('/redirect', () => redirect('/str', 302))
  app.get('/204', { status: 204 }, () => undefined)
  return app
}

describeTransports('compat: flask', (serve) => {
  it.each(recorded.map((one) => [`${one[0]} ${one[1]} ${one[2] ?? ''}`.slice(0, 80), one] as const))(
    'answers as Flask: %s',
    async (_name, [method, path, body, headers, status, answered, allow, text]) => {
      const { request, url } = await serve(port())
      const init = {
        method,
        headers,
        redirect: 'manual' as const,
        ...(body === null ? {} : { body: Buffer.from(body) }),
      }
      const response = await request(path, init)
      const location = answered['location']?.replace('http://localhost', url)
      expect({
        status: response.status,
        headers: Object.fromEntries(Object.keys(answered).map((name) => [name, response.headers.get(name)])),
        allow: response.headers.get('allow')?.split(', ').sort() ?? null,
        text: await response.text(),
      }).toEqual({ status, headers: { ...answered, ...(location === undefined ? {} : { location }) }, allow, text })
    },
  )

  it('tells errors as JSON to those that ask for it, where the app says so', async () => {
    const log = recorder()
    const app = new App({ compat: flask({ jsonErrors: true }), logger: log.logger })
    app.post('/items', { body: z.object({ name: z.string() }) }, ({ body }) => body)
    app.get('/boom', () => {
      throw new Error('SECRET')
    })
    const { request } = await serve(app)
    const json = { accept: 'application/json' }
    const missing = await request('/nope', { headers: json })
    expect([missing.headers.get('content-type'), await missing.text()]).toEqual([
      'application/json',
      '{"code":404,"description":"The requested URL was not found on the server. If you entered the URL manually please check your spelling and try again.","name":"Not Found"}\n',
    ])
    const invalid = await request('/items', {
      method: 'POST',
      headers: { ...json, 'content-type': 'application/json' },
      body: '{"name":1}',
    })
    expect([invalid.status, await invalid.json()]).toEqual([
      400,
      {
        code: 400,
        name: 'Bad Request',
        description: 'The browser (or proxy) sent a request that this server could not understand.',
        errors: [
          {
            in: 'body',
            path: ['name'],
            code: 'invalid_type',
            message: 'Invalid input: expected string, received number',
          },
        ],
      },
    ])
    const browser = await request('/nope', { headers: { accept: 'text/html, application/json;q=0.9' } })
    expect(browser.headers.get('content-type')).toBe('text/html; charset=utf-8')
    expect((await request('/boom', { headers: json })).status).toBe(500)
    expect(log.takeErrors()).toEqual([{ message: 'An error was not handled', error: 'SECRET' }])
  })
})
