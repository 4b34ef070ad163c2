import { App, dependency, Router, StartupError } from 'millrace'
import { describe, expect, it } from 'vitest'
import { describeTransports, recorder } from './support/serve.ts'

const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'QUERY'] as const

describeTransports('operations', (serve) => {
  it('answer the method they are registered for', async () => {
    const app = new App()
    app.get('/', () => 'GET')
    app.post('/', () => 'POST')
    app.put('/', () => 'PUT')
    app.patch('/', () => 'PATCH')
    app.delete('/', () => 'DELETE')
    app.query('/', () => 'QUERY')
    app.options('/', () => 'OPTIONS')
    const { request } = await serve(app)
    const answers = [...methods, 'OPTIONS'].map(async (method) => (await request('/', { method })).text())
    expect(await Promise.all(answers)).toEqual([...methods, 'OPTIONS'])
  })

  it('are frozen values that tell method and path', () => {
    const router = new Router({ prefix: '/items' })
    const operation = router.get('/:id', () => 'item')
    expect({ kind: operation.kind, method: operation.method, path: operation.path }).toEqual({
      kind: 'operation',
      method: 'GET',
      path: '/items/:id',
    })
    expect(Object.isFrozen(operation)).toBe(true)
  })

  it('can be added while the app runs', async () => {
    const app = new App()
    app.get('/old', () => 'old')
    const { request } = await serve(app)
    expect((await request('/new')).status).toBe(404)
    app.get('/new', () => 'new')
    expect(await (await request('/new')).text()).toBe('new')
    expect(await (await request('/old')).text()).toBe('old')
  })

  it('are added to a router after it was included, and while the app runs', async () => {
    const app = new App()
    const router = new Router({ prefix: '/r' })
    app.include(router)
    const { request } = await serve(app)
    router.get('/late', () => 'late')
    expect(await (await request('/r/late')).text()).toBe('late')
  })

  it('get the same context whether it is destructured or not', async () => {
    const app = new App()
    app.get('/:id', (context) => ({ id: context.params.id, method: context.request.method }))
    const { request } = await serve(app)
    expect(await (await request('/7')).json()).toEqual({ id: '7', method: 'GET' })
  })

  it('know method, path and route, and so do their dependencies', async () => {
    const app = new App()
    const router = new Router({ prefix: '/items' })
    const place = dependency(({ method, path, route }) => `${method} ${path} ${route}`)
    router.post('/:id', { deps: { place } }, ({ method, path, route, place }) => [`${method} ${path} ${route}`, place])
    app.include(router, { prefix: '/v1' })
    const { request } = await serve(app)
    const answer = await request('/v1/items/a%20b?c=d', { method: 'POST' })
    expect(await answer.json()).toEqual(Array(2).fill('POST /v1/items/a%20b /v1/items/:id'))
  })

  it('see the whole web request', async () => {
    const app = new App()
    app.post('/echo', async ({ request }) => {
      const { pathname, search } = new URL(request.url)
      return { pathname, search, header: request.headers.get('x-a'), body: await request.text() }
    })
    const { request } = await serve(app)
    const response = await request('/echo?q=1', { method: 'POST', headers: { 'x-a': '1' }, body: 'text' })
    expect(await response.json()).toEqual({ pathname: '/echo', search: '?q=1', header: '1', body: 'text' })
  })

  it('give each request an id and a log that carries it', async () => {
    const seen: unknown[] = []
    const { logger } = recorder()
    const app = new App({ logger: { ...logger, info: (message, fields) => seen.push([message, fields]) } })
    app.get('/', ({ id, log }) => {
      log.info('working', { step: 1 })
      return id
    })
    const { request } = await serve(app)
    const [first, second] = [await (await request('/')).text(), await (await request('/')).text()]
    expect(first).not.toBe(second)
    expect(seen).toEqual([
      ['working', { request: first, step: 1 }],
      ['working', { request: second, step: 1 }],
    ])
  })

  it('may do work after the answer, in order, and each even when one before it fails', async () => {
    const log = recorder()
    const app = new App({ logger: log.logger })
    const done = Promise.withResolvers<void>()
    const trace: string[] = []
    app.get('/', ({ after }) => {
      after(() => trace.push('first'))
      after(() => Promise.reject(new Error('second fails')))
      after(() => {
        trace.push('third')
        done.resolve()
      })
      return 'answer'
    })
    const { request } = await serve(app)
    expect(await (await request('/')).text()).toBe('answer')
    await done.promise
    expect(trace).toEqual(['first', 'third'])
    expect(log.takeErrors()).toEqual([{ message: 'Work after the answer failed', error: 'second fails' }])
  })

  it('do no work after a failure', async () => {
    const log = recorder()
    const app = new App({ logger: log.logger })
    const trace: string[] = []
    app.get('/', ({ after }) => {
      after(() => trace.push('work'))
      throw new Error('boom')
    })
    const { request, close } = await serve(app)
    expect((await request('/')).status).toBe(500)
    await close()
    expect(trace).toEqual([])
    expect(log.takeErrors()).toEqual([{ message: 'An error was not handled', error: 'boom' }])
  })
})

describe('operations that cannot be served', () => {
  const codeOf = (make: () => unknown): string | undefined => {
    try {
      make()
    } catch (error) {
      if (error instanceof StartupError) return error.code
      throw error
    }
    return undefined
  }

  it.each([
    ['two on one path', (app: App) => app.get('/a', () => 1) && app.get('/a', () => 2), 'duplicate_operation'],
    ['two on one pattern', (app: App) => app.get('/:a', () => 1) && app.get('/:b', () => 2), 'duplicate_operation'],
    ['two rests', (app: App) => app.get('/*a', () => 1) && app.get('/*b', () => 2), 'duplicate_operation'],
    [
      'two of one operationId',
      (app: App) => app.get('/a', { operationId: 'x' }, () => 1) && app.get('/b', { operationId: 'x' }, () => 2),
      'duplicate_operation_id',
    ],
    ['no leading slash', (app: App) => app.get('a', () => 1), 'malformed_path'],
    ['a query in the path', (app: App) => app.get('/a?b', () => 1), 'malformed_path'],
    ['one name twice', (app: App) => app.get('/:a/:a', () => 1), 'malformed_path'],
    ['a rest before the end', (app: App) => app.get('/*a/b', () => 1), 'malformed_path'],
    ['a parameter within a segment', (app: App) => app.get('/a:b', () => 1), 'malformed_path'],
    ['a parameter without a name', (app: App) => app.get('/:', () => 1), 'malformed_path'],
    // @ts-expect-error: no handler
    ['no handler', (app: App) => app.get('/', {}), 'malformed_spec'],
    // @ts-expect-error: not a schema
    ['no schema', (app: App) => app.get('/', { query: { q: 'string' } }, () => 1), 'malformed_spec'],
    // @ts-expect-error: not a schema
    ['no body schema', (app: App) => app.post('/', { body: { q: 'string' } }, () => 1), 'malformed_spec'],
    // @ts-expect-error: not a schema
    ['no response schema', (app: App) => app.get('/', { response: { q: 'string' } }, () => 1), 'malformed_spec'],
    [
      'a reserved name',
      // @ts-expect-error: a reserved name
      (app: App) => app.get('/', { deps: { body: dependency(() => 1) } }, () => 1),
      'reserved_name',
    ],
  ])('%s: a StartupError', (_name, register, code) => {
    const app = new App()
    expect(codeOf(() => register(app) && app.plans)).toBe(code)
  })

  it('make the start fail', async () => {
    const app = new App()
    app.get('/a', () => 1)
    app.get('/a', () => 2)
    await expect(app.start()).rejects.toThrow(
      new StartupError('duplicate_operation', 'Two operations answer GET /a: give one another path or method'),
    )
  })

  it('do not take down an app that runs: it answers 500 and logs why', async () => {
    const log = recorder()
    const app = new App({ logger: log.logger })
    app.get('/a', () => 1)
    expect((await app.request('/a')).status).toBe(200)
    app.get('/a', () => 2)
    expect((await app.request('/a')).status).toBe(500)
    expect(log.takeErrors()).toEqual([
      {
        message: 'The app does not compile',
        error: 'Two operations answer GET /a: give one another path or method',
      },
    ])
    await app.stop()
  })
})
