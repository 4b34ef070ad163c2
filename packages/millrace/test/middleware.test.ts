import { Answer, App, dependency, fail, HttpError, jsonl, type Middleware, Router } from 'millrace'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { describeTransports, recorder } from './support/serve.ts'

describeTransports('middleware', (serve) => {
  it('is an onion: app, router, operation, in order of registration', async () => {
    const trace: string[] = []
    const mark =
      (name: string): Middleware =>
      async (_context, next) => {
        trace.push(`${name} in`)
        await next()
        trace.push(`${name} out`)
      }
    const app = new App({ use: [mark('app 1')] })
    app.use(mark('app 2'), mark('app 3'))
    const router = new Router({ prefix: '/r', use: [mark('router')] })
    router.get('/', { use: [mark('operation 1'), mark('operation 2')] }, () => trace.push('handler'))
    app.include(router)
    const { request } = await serve(app)
    await (await request('/r')).text()
    const names = ['app 1', 'app 2', 'app 3', 'router', 'operation 1', 'operation 2']
    expect(trace).toEqual([
      ...names.map((name) => `${name} in`),
      'handler',
      ...names.reverse().map((name) => `${name} out`),
    ])
  })

  it('sees the request, and what route will answer', async () => {
    const seen: unknown[] = []
    const app = new App()
    app.use((context, next) => {
      seen.push([context.method, context.path, context.route, context.scheme, context.header('x-a')])
      return next()
    })
    app.get('/items/:id', () => 1)
    const { request } = await serve(app)
    await (await request('/items/a%20b?q=1', { headers: { 'X-A': '1' } })).text()
    await (await request('/nowhere')).text()
    expect(seen).toEqual([
      ['GET', '/items/a%20b', '/items/:id', 'http', '1'],
      ['GET', '/nowhere', undefined, 'http', undefined],
    ])
  })

  it('may answer by itself, with a Response or an Answer, and nothing further in runs', async () => {
    const trace: string[] = []
    const app = new App()
    app.get('/response', { use: [() => new Response('response', { status: 203 })] }, () => trace.push('handler'))
    app.get('/answer', { use: [async () => new Answer(202, ['x-a', '1'], 'answer')] }, () => trace.push('handler'))
    const { request } = await serve(app)
    const response = await request('/response')
    expect([response.status, await response.text()]).toEqual([203, 'response'])
    const answer = await request('/answer')
    expect([answer.status, answer.headers.get('x-a'), await answer.text()]).toEqual([202, '1', 'answer'])
    expect(trace).toEqual([])
  })

  it('may change the answer, synchronously or not, and its own value wins over what next gave', async () => {
    const app = new App()
    app.use((_context, next) => {
      const answer = next()
      if (answer instanceof Answer) answer.status = 299
    })
    app.get('/sync', () => 'sync')
    app.get(
      '/replaced',
      {
        use: [
          async (_context, next) => {
            await next()
            return new Response('replaced')
          },
        ],
      },
      () => 'handler',
    )
    const { request } = await serve(app)
    const sync = await request('/sync')
    expect([sync.status, await sync.text()]).toEqual([299, 'sync'])
    expect(await (await request('/replaced')).text()).toBe('replaced')
  })

  it('that answers otherwise leaves no stream open', async () => {
    const ended: string[] = []
    const streamed = (name: string) =>
      new Answer(200, [], {
        next: () => new Promise(() => undefined),
        return: async () => void ended.push(name),
      })
    const instead: Middleware = async (_context, next) => {
      await next()
      return new Answer(200, [], 'instead')
    }
    const failing: Middleware = async (_context, next) => {
      await next()
      throw new HttpError(400, 'no')
    }
    const app = new App()
    app.get('/handler', { use: [instead] }, () => streamed('of the handler'))
    app.get('/fails', { use: [failing] }, () => streamed('where a layer fails'))
    app.get('/layer', { use: [instead, () => streamed('of a layer')] }, () => 'a')
    app.onError(418, () => streamed('of an error'))
    app.get('/error', { use: [instead] }, () => fail(418))
    const { request, close } = await serve(app)
    for (const path of ['/handler', '/fails', '/layer', '/error']) await (await request(path)).text()
    await close()
    expect(ended).toEqual(['of the handler', 'where a layer fails', 'of a layer', 'of an error'])
  })

  it('learns of an error by the answer, which never rejects', async () => {
    const log = recorder()
    const seen: unknown[] = []
    const app = new App({ logger: log.logger })
    app.use(async (_context, next) => {
      const answer = await next()
      seen.push([answer.status, answer.error instanceof Error ? answer.error.message : answer.error])
    })
    app.onError(409, () => 'handled')
    app.get('/good', () => 1)
    app.get('/http', () => {
      throw new HttpError(404, 'none')
    })
    app.get('/handled', () => {
      throw new HttpError(409, 'clash')
    })
    app.get('/bug', () => {
      throw new Error('bug')
    })
    const { request } = await serve(app)
    for (const path of ['/good', '/http', '/handled', '/bug']) await (await request(path)).text()
    expect(seen).toEqual([
      [200, undefined],
      [404, 'none'],
      [409, 'clash'],
      [500, 'bug'],
    ])
    expect(log.takeErrors()).toHaveLength(1)
  })

  it('that throws, before or after next, is answered as an error, and the layers around it still run', async () => {
    const log = recorder()
    const app = new App({ logger: log.logger })
    app.use(async (_context, next) => void (await next()).headers.set('x-outer', 'ran'))
    const throwing: Record<string, Middleware> = {
      '/before': () => {
        throw new HttpError(403, 'before')
      },
      '/later': async () => {
        throw new HttpError(403, 'later')
      },
      '/after': async (_context, next) => {
        await next()
        throw new HttpError(403, 'after')
      },
      '/nothing': () => undefined,
      '/twice': async (_context, next) => {
        await next()
        await next()
      },
    }
    for (const [path, layer] of Object.entries(throwing)) app.get(path, { use: [layer] }, () => 'handler')
    const { request } = await serve(app)
    const read = async (path: string) => {
      const response = await request(path)
      return [response.status, response.headers.get('x-outer'), ((await response.json()) as { detail: string }).detail]
    }
    expect(await read('/before')).toEqual([403, 'ran', 'before'])
    expect(await read('/later')).toEqual([403, 'ran', 'later'])
    expect(await read('/after')).toEqual([403, 'ran', 'after'])
    const failure = 'The server failed to answer this request'
    expect(await read('/nothing')).toEqual([500, 'ran', failure])
    expect(await read('/twice')).toEqual([500, 'ran', failure])
    expect(log.takeErrors().map(({ error }) => error)).toEqual([
      'A middleware neither called next() nor returned an answer',
      'A middleware called next() twice',
    ])
  })

  it('does not buffer a stream', async () => {
    const app = new App()
    const gate = Promise.withResolvers<void>()
    app.use(async (_context, next) => void (await next()).headers.set('x-a', '1'))
    app.get('/', { response: jsonl(z.int()) }, async function* () {
      yield 1
      await gate.promise
      yield 2
    })
    const { request } = await serve(app)
    const response = await request('/')
    const reader = (response.body as ReadableStream<Uint8Array>).pipeThrough(new TextDecoderStream()).getReader()
    expect([response.headers.get('x-a'), (await reader.read()).value]).toEqual(['1', '1\n'])
    gate.resolve()
    expect((await reader.read()).value).toBe('2\n')
  })

  it.each([
    ['throws', () => Promise.reject(new HttpError(403))],
    ['answers otherwise', async () => new Response('other', { status: 403 })],
  ])('that has got a stream and %s ends the generator', async (_name, outcome) => {
    const ended = Promise.withResolvers<string>()
    const app = new App()
    app.use(async (_context, next) => {
      await next()
      return outcome()
    })
    app.get('/', async function* () {
      try {
        yield 1
        yield 2
      } finally {
        ended.resolve('ended')
      }
    })
    const { request } = await serve(app)
    const response = await request('/')
    expect(response.status).toBe(403)
    await response.text()
    expect(await ended.promise).toBe('ended')
  })

  it('can be added while the app runs', async () => {
    const app = new App()
    app.get('/', () => 'handler')
    const { request } = await serve(app)
    expect((await request('/')).headers.get('x-late')).toBe(null)
    app.use(async (_context, next) => void (await next()).headers.set('x-late', '1'))
    expect((await request('/')).headers.get('x-late')).toBe('1')
  })

  it('that has answered cannot call next() any more: the handler would run for nobody', async () => {
    const app = new App()
    const trace: string[] = []
    const nexts: (() => unknown)[] = []
    const resource = dependency(() => trace.push('opened'))
    const early: Middleware = (_context, next) => {
      nexts.push(next)
      return new Answer(202, [], 'early')
    }
    app.get('/sync', { use: [early], deps: { resource } }, () => trace.push('handler'))
    app.get('/async', { use: [async (context, next) => early(context, next)] }, () => trace.push('handler'))
    app.get(
      '/failed',
      {
        use: [
          (_context, next) => {
            nexts.push(next)
            throw new HttpError(409)
          },
        ],
      },
      () => trace.push('handler'),
    )
    const { request } = await serve(app)
    for (const path of ['/sync', '/async', '/failed']) await (await request(path)).text()
    expect(nexts).toHaveLength(3)
    for (const next of nexts) expect(next).toThrow('A middleware called next() after it had answered')
    expect(trace).toEqual([])
  })

  it('cannot ask for work after a request that is over', async () => {
    const app = new App()
    const trace: string[] = []
    let after: ((work: () => unknown) => void) | undefined
    app.use((context, next) => {
      after = context.after
      return next()
    })
    app.get('/', () => 'hello')
    const { request } = await serve(app)
    await (await request('/')).text()
    expect(() => after?.(() => trace.push('worked'))).toThrow('after() was called when the request was over')
    expect(trace).toEqual([])
  })
})
