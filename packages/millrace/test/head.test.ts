import { App } from 'millrace'
import { expect, it } from 'vitest'
import { describeTransports } from './support/serve.ts'

describeTransports('HEAD and OPTIONS', (serve) => {
  const ask = async (
    request: (path: string, init?: RequestInit) => Promise<Response>,
    method: string,
    path: string,
  ) => {
    const response = await request(path, { method })
    return { status: response.status, allow: response.headers.get('allow'), body: await response.text() }
  }

  it('HEAD is GET without the body', async () => {
    const app = new App()
    app.get('/', ({ response }) => {
      response.headers.set('x-a', '1')
      return 'héllo'
    })
    const { request } = await serve(app)
    const response = await request('/', { method: 'HEAD' })
    expect(response.status).toBe(200)
    expect(response.headers.get('content-length')).toBe('6')
    expect(response.headers.get('content-type')).toBe('text/plain; charset=utf-8')
    expect(response.headers.get('x-a')).toBe('1')
    expect(await response.text()).toBe('')
  })

  it('an explicit HEAD wins', async () => {
    const app = new App()
    app.get('/', () => 'get')
    app.head('/', ({ response }) => {
      response.headers.set('x-head', 'own')
    })
    const { request } = await serve(app)
    const response = await request('/', { method: 'HEAD' })
    expect([response.status, response.headers.get('x-head')]).toEqual([204, 'own'])
    expect(await (await request('/')).text()).toBe('get')
  })

  it('HEAD of a stream ends its generator', async () => {
    const app = new App()
    const ended = Promise.withResolvers<string>()
    app.get('/', async function* () {
      try {
        yield 1
        yield 2
      } finally {
        ended.resolve('ended')
      }
    })
    const { request } = await serve(app)
    const response = await request('/', { method: 'HEAD' })
    expect([response.status, await response.text()]).toEqual([200, ''])
    expect(await ended.promise).toBe('ended')
  })

  it('OPTIONS tells every method of a path', async () => {
    const app = new App()
    app.get('/items/:id', () => 1)
    app.delete('/items/:id', () => 1)
    app.put('/items/special', () => 1)
    app.post('/items', () => 1)
    const { request } = await serve(app)
    expect(await ask(request, 'OPTIONS', '/items')).toEqual({ status: 204, allow: 'OPTIONS, POST', body: '' })
    expect(await ask(request, 'OPTIONS', '/items/7')).toEqual({
      status: 204,
      allow: 'DELETE, GET, HEAD, OPTIONS',
      body: '',
    })
    expect(await ask(request, 'OPTIONS', '/items/special')).toEqual({
      status: 204,
      allow: 'DELETE, GET, HEAD, OPTIONS, PUT',
      body: '',
    })
    expect((await ask(request, 'OPTIONS', '/nowhere')).status).toBe(404)
  })

  it('an explicit OPTIONS wins', async () => {
    const app = new App()
    app.get('/', () => 'get')
    app.options('/', () => 'own')
    const { request } = await serve(app)
    expect(await ask(request, 'OPTIONS', '/')).toEqual({ status: 200, allow: null, body: 'own' })
  })

  it('405 tells every method of the path', async () => {
    const app = new App()
    app.get('/', () => 1)
    app.post('/', () => 1)
    app.post('/only', () => 1)
    const { request } = await serve(app)
    const response = await request('/', { method: 'DELETE' })
    expect([response.status, response.headers.get('allow'), await response.json()]).toEqual([
      405,
      'GET, HEAD, OPTIONS, POST',
      {
        type: 'about:blank',
        title: 'Method Not Allowed',
        status: 405,
        detail: '/ does not answer DELETE, only GET, HEAD, OPTIONS, POST',
        code: 'method_not_allowed',
      },
    ])
    expect(await ask(request, 'HEAD', '/only')).toEqual({ status: 405, allow: 'OPTIONS, POST', body: '' })
  })
})
