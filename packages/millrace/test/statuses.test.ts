import { Answer, App, dependency, HttpError, reply, text } from 'millrace'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { describeTransports, recorder } from './support/serve.ts'

describeTransports('statuses and headers', (serve) => {
  it('come from the spec', async () => {
    const app = new App()
    app.post('/items', { status: 201, response: z.object({ id: z.int() }) }, () => ({ id: 1 }))
    app.delete('/items', { status: 204 }, () => 'dropped')
    app.get('/empty', () => new Answer(204, ['content-length', '0'], null))
    app.post('/nothing', { status: 202 }, () => undefined)
    const { request } = await serve(app)
    expect((await request('/items', { method: 'POST' })).status).toBe(201)
    const deleted = await request('/items', { method: 'DELETE' })
    expect([deleted.status, deleted.headers.get('content-type'), await deleted.text()]).toEqual([204, null, ''])
    // RFC 9110, section 8.6
    const empty = await request('/empty')
    expect([empty.status, empty.headers.get('content-length')]).toEqual([204, null])
    const nothing = await request('/nothing', { method: 'POST' })
    expect([nothing.status, await nothing.text()]).toEqual([202, ''])
  })

  it('come from the draft, which handlers and dependencies share', async () => {
    const app = new App()
    const marked = dependency(({ response }) => {
      response.headers.set('x-from', 'dependency')
      response.headers.append('x-list', '1')
      response.setCookie('a', '1')
    })
    app.get('/', { deps: { marked } }, ({ response }) => {
      response.status = 203
      response.headers.append('x-list', '2')
      response.headers.set('content-type', 'application/vnd.mine+json')
      response.setCookie('b', '2')
      return { a: 1 }
    })
    const { request } = await serve(app)
    const response = await request('/')
    expect(response.status).toBe(203)
    expect(response.headers.get('x-from')).toBe('dependency')
    expect(response.headers.get('x-list')).toBe('1, 2')
    expect(response.headers.get('content-type')).toBe('application/vnd.mine+json')
    expect(response.headers.getSetCookie().map((cookie) => cookie.split(';')[0])).toEqual(['a=1', 'b=2'])
    expect(await response.json()).toEqual({ a: 1 })
  })

  it('of the draft that are declared have the schema of their own', async () => {
    const log = recorder()
    const app = new App({ logger: log.logger })
    const found = z.object({ id: z.int() })
    const missing = z.object({ detail: z.string() })
    const spec = { response: found, responses: { 404: missing, 202: text(), 410: { description: 'Gone' } } }
    // Untyped, as a value is that comes from elsewhere: the compiler knows the success alone.
    const answer = (status: number, value: unknown) => (context: { response: { status: number | undefined } }) => {
      context.response.status = status
      return value as { id: number }
    }
    app.get('/missing', spec, answer(404, { detail: 'No such item', secret: 1 }))
    app.get('/text', spec, answer(202, 'Later'))
    app.get('/described', spec, answer(410, { id: 1, secret: 1 }))
    app.get('/undeclared', spec, answer(203, { id: 1, secret: 1 }))
    app.get('/own', spec, answer(200, { id: 1, secret: 1 }))
    app.get('/wrong', spec, answer(404, { id: 1 }))
    const { request } = await serve(app)
    const ask = async (path: string) => {
      const response = await request(path)
      return [response.status, response.headers.get('content-type'), await response.text()]
    }
    expect(await ask('/missing')).toEqual([404, 'application/json', '{"detail":"No such item"}'])
    expect(await ask('/text')).toEqual([202, 'text/plain; charset=utf-8', 'Later'])
    expect(await ask('/described')).toEqual([410, 'application/json', '{"id":1}'])
    expect(await ask('/undeclared')).toEqual([203, 'application/json', '{"id":1}'])
    expect(await ask('/own')).toEqual([200, 'application/json', '{"id":1}'])
    expect((await ask('/wrong'))[0]).toBe(500)
    expect(log.takeErrors()[0]?.error).toContain('GET /wrong')
  })

  it('of the draft go into streams and Responses, but not into errors', async () => {
    const app = new App()
    const marked = dependency(({ response }) => void response.headers.set('x-mark', 'yes'))
    app.get('/stream', { deps: { marked } }, function* () {
      yield 1
    })
    app.get('/response', { deps: { marked } }, () => new Response('raw', { headers: { 'x-mark': 'no', 'x-own': '1' } }))
    app.get('/reply', { deps: { marked } }, () => reply(202, 'later'))
    app.get('/error', { deps: { marked } }, () => {
      throw new HttpError(409)
    })
    const { request } = await serve(app)
    const ask = async (path: string) => {
      const response = await request(path)
      await response.text()
      return [response.status, response.headers.get('x-mark'), response.headers.get('x-own')]
    }
    expect(await ask('/stream')).toEqual([200, 'yes', null])
    expect(await ask('/response')).toEqual([200, 'yes', '1'])
    expect(await ask('/reply')).toEqual([202, 'yes', null])
    expect(await ask('/error')).toEqual([409, null, null])
  })

  it('a header that could split the answer is refused', async () => {
    const app = new App()
    app.get('/', ({ response, request }) => {
      const value = new URL(request.url).searchParams.get('v') ?? ''
      try {
        response.headers.set('x-a', value)
        return 'set'
      } catch (error) {
        return (error as Error).message
      }
    })
    const { request } = await serve(app)
    expect(await (await request('/?v=a%0d%0ax-b:1')).text()).toBe(
      "The value of the header 'x-a' holds a character that it must not",
    )
  })
})

it.each([0, 103, 600, 1_700, 200.5, Number.NaN])('%d is refused before anything is served', (status) => {
  const refusal = {
    code: 'malformed_spec',
    message: expect.stringContaining(`cannot answer with the status ${status}`),
  }
  const own = new App()
  own.get('/', { status }, () => 1)
  expect(() => own.plans).toThrow(expect.objectContaining(refusal))
  const other = new App({ responses: { [status]: z.string() } })
  other.get('/', () => 1)
  expect(() => other.plans).toThrow(expect.objectContaining(refusal))
})
