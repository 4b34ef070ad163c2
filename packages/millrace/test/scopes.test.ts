import { App, dependency, HttpError, jsonl } from 'millrace'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { describeTransports, recorder } from './support/serve.ts'

const scopes = ['app', 'request', 'handler'] as const

/** Dependencies of each scope, each needing the one before, that write down what happens to them. */
function traced(trace: string[]) {
  const make = (scope: (typeof scopes)[number]) =>
    async function* () {
      trace.push(`${scope} opens`)
      try {
        yield scope
        trace.push(`${scope} goes on`)
      } catch (error) {
        trace.push(`${scope} gets ${(error as Error).message}`)
        throw error
      } finally {
        trace.push(`${scope} closes`)
      }
    }
  const pool = dependency({ scope: 'app' }, make('app'))
  const session = dependency({ scope: 'request', deps: { pool } }, make('request'))
  const handler = dependency({ scope: 'handler', deps: { session } }, make('handler'))
  return { handler }
}

describeTransports('scopes', (serve) => {
  it('after success: handler before the answer, then work, then request; app at the end', async () => {
    const trace: string[] = []
    const app = new App()
    app.use(async (_context, next) => {
      await next()
      trace.push('middleware')
    })
    app.get('/', { deps: { h: traced(trace).handler } }, ({ h, after }) => {
      trace.push(`handler has ${h}`)
      after(() => trace.push('work'))
      return 'answer'
    })
    const { request, close } = await serve(app)
    expect(await (await request('/')).text()).toBe('answer')
    await close()
    expect(trace).toEqual([
      'app opens',
      'request opens',
      'handler opens',
      'handler has handler',
      'handler goes on',
      'handler closes',
      'middleware',
      'work',
      'request goes on',
      'request closes',
      'app goes on',
      'app closes',
    ])
  })

  it('after a failure: thrown into what is open, newest first, before the answer', async () => {
    const trace: string[] = []
    const app = new App()
    app.use(async (_context, next) => {
      await next()
      trace.push('middleware')
    })
    app.get('/', { deps: { h: traced(trace).handler } }, ({ after }) => {
      after(() => trace.push('work'))
      throw new HttpError(402, 'no')
    })
    const { request, close } = await serve(app)
    expect((await request('/')).status).toBe(402)
    await close()
    expect(trace).toEqual([
      'app opens',
      'request opens',
      'handler opens',
      'handler gets no',
      'handler closes',
      'request gets no',
      'request closes',
      'middleware',
      'app goes on',
      'app closes',
    ])
  })

  it('of a stream: open until its end', async () => {
    const trace: string[] = []
    const app = new App()
    app.get('/', { deps: { h: traced(trace).handler }, response: jsonl(z.int()) }, async function* ({ after }) {
      after(() => trace.push('work'))
      yield 1
      trace.push('item')
      yield 2
    })
    const { request, close } = await serve(app)
    expect(await (await request('/')).text()).toBe('1\n2\n')
    await close()
    expect(trace).toEqual([
      'app opens',
      'request opens',
      'handler opens',
      'item',
      'handler goes on',
      'handler closes',
      'work',
      'request goes on',
      'request closes',
      'app goes on',
      'app closes',
    ])
  })

  it('of a stream that fails: rolled back before the last words', async () => {
    const trace: string[] = []
    const app = new App()
    app.get('/', { deps: { h: traced(trace).handler }, response: jsonl(z.int()) }, async function* ({ after }) {
      after(() => trace.push('work'))
      try {
        yield 1
        throw new HttpError(503, 'no more')
      } finally {
        trace.push('generator ends')
      }
    })
    const { request, close } = await serve(app)
    expect(await (await request('/')).text()).toBe(
      '1\n{"error":{"type":"about:blank","title":"Service Unavailable","status":503,"detail":"no more"}}\n',
    )
    await close()
    expect(trace).toEqual([
      'app opens',
      'request opens',
      'handler opens',
      'generator ends',
      'handler gets no more',
      'handler closes',
      'request gets no more',
      'request closes',
      'app goes on',
      'app closes',
    ])
  })

  it('of a stream whose item does not fit: its generator ends before what it uses is closed', async () => {
    const log = recorder()
    const trace: string[] = []
    const app = new App({ logger: log.logger })
    const used = dependency(async function* () {
      try {
        yield 'used'
      } finally {
        trace.push('used closes')
      }
    })
    app.get('/', { deps: { used }, response: jsonl(z.int()) }, async function* () {
      try {
        yield 1
        yield 'x' as never
      } finally {
        trace.push('generator ends')
      }
    })
    const { request } = await serve(app)
    expect(await (await request('/')).text()).toContain('"code":"invalid_response"')
    expect(trace).toEqual(['generator ends', 'used closes'])
    expect(log.takeErrors()).toHaveLength(1)
  })

  it('of a stream that the client leaves: closed', async () => {
    const trace: string[] = []
    const closed = Promise.withResolvers<void>()
    const app = new App()
    const { handler } = traced(trace)
    const last = dependency(async function* () {
      yield 1
      closed.resolve()
    })
    app.get('/', { deps: { last, h: handler }, response: jsonl(z.int()) }, async function* () {
      for (let n = 0; ; n++) {
        yield n
        await new Promise(setImmediate)
      }
    })
    const { request } = await serve(app)
    const reader = ((await request('/')).body as ReadableStream<Uint8Array>).getReader()
    await reader.read()
    await reader.cancel()
    await closed.promise
    expect(trace).toEqual([
      'app opens',
      'request opens',
      'handler opens',
      'handler goes on',
      'handler closes',
      'request goes on',
      'request closes',
    ])
  })

  it('of a Response: open until its body has been sent', async () => {
    const trace: string[] = []
    const app = new App()
    const { handler } = traced(trace)
    app.get('/', { deps: { h: handler } }, () => {
      const body = new ReadableStream<Uint8Array>(
        {
          pull(controller) {
            trace.push('chunk')
            controller.enqueue(new Uint8Array([65]))
            controller.close()
          },
        },
        { highWaterMark: 0 },
      )
      return new Response(body)
    })
    const { request, close } = await serve(app)
    expect(await (await request('/')).text()).toBe('A')
    await close()
    expect(trace.slice(3, 6)).toEqual(['chunk', 'handler goes on', 'handler closes'])
  })

  it('after a timeout: open until the handler is through', async () => {
    const trace: string[] = []
    const gate = Promise.withResolvers<void>()
    const app = new App()
    app.get('/', { deps: { h: traced(trace).handler }, timeoutMs: 5 }, async ({ signal }) => {
      await gate.promise
      trace.push(`handler ends after ${(signal.reason as HttpError).code}`)
      return 'late'
    })
    const { request, close } = await serve(app)
    expect((await request('/')).status).toBe(504)
    expect(trace).toEqual(['app opens', 'request opens', 'handler opens'])
    gate.resolve()
    await close()
    expect(trace.slice(3)).toEqual([
      'handler ends after timed_out',
      'handler goes on',
      'handler closes',
      'request goes on',
      'request closes',
      'app goes on',
      'app closes',
    ])
  })

  it('a dependency may replace the error; one that swallows it changes nothing', async () => {
    const trace: string[] = []
    const app = new App()
    const replacing = dependency(async function* () {
      try {
        yield 1
      } catch (error) {
        trace.push(`replacing gets ${(error as Error).message}`)
        throw new HttpError(409, 'replaced')
      }
    })
    const swallowing = dependency({ deps: { replacing } }, function* () {
      try {
        yield 1
      } catch (error) {
        trace.push(`swallowing gets ${(error as Error).message}`)
      }
    })
    const outer = dependency(function* () {
      try {
        yield 1
      } catch (error) {
        trace.push(`outer gets ${(error as Error).message}`)
        throw error
      }
    })
    app.get('/', { deps: { outer, swallowing } }, () => {
      throw new HttpError(402, 'first')
    })
    const { request } = await serve(app)
    const response = await request('/')
    expect([response.status, ((await response.json()) as { detail: string }).detail]).toEqual([409, 'replaced'])
    expect(trace).toEqual(['swallowing gets first', 'replacing gets first', 'outer gets replaced'])
  })

  it('a cleanup that fails: before the answer it is a 500, after it it is logged; the others are closed', async () => {
    const log = recorder()
    const trace: string[] = []
    const app = new App({ logger: log.logger })
    const good = dependency(function* () {
      try {
        yield 1
      } finally {
        trace.push('good closes')
      }
    })
    const failing = (scope: 'handler' | 'request') =>
      dependency({ scope, deps: {} }, function* (): Generator<number> {
        yield 1
        throw new Error(`${scope} cleanup`)
      })
    app.get('/handler', { deps: { good, failing: failing('handler') } }, () => 'never sent')
    app.get('/request', { deps: { good, failing: failing('request') } }, () => 'sent')
    const { request, close } = await serve(app)
    expect((await request('/handler')).status).toBe(500)
    expect(await (await request('/request')).text()).toBe('sent')
    await close()
    expect(trace).toEqual(['good closes', 'good closes'])
    expect(log.takeErrors()).toEqual([
      { message: 'An error was not handled', error: 'handler cleanup' },
      { message: 'The cleanup of a dependency failed', error: 'request cleanup' },
    ])
  })

  it('a cleanup of scope handler that fails at the end of a stream is told like any failure of it', async () => {
    const log = recorder()
    const app = new App({ logger: log.logger })
    const failing = dependency({ scope: 'handler' }, function* (): Generator<number> {
      yield 1
      throw new HttpError(500, 'not committed')
    })
    app.get('/', { deps: { failing }, response: jsonl(z.int()) }, function* () {
      yield 1
    })
    const { request } = await serve(app)
    expect(await (await request('/')).text()).toBe(
      '1\n{"error":{"type":"about:blank","title":"Internal Server Error","status":500,"detail":"not committed"}}\n',
    )
  })

  it('of the app are opened once, each after what it needs, and closed in reverse', async () => {
    const trace: string[] = []
    const app = new App()
    const open = (name: string) =>
      async function* () {
        trace.push(`${name} opens`)
        yield name
        trace.push(`${name} closes`)
      }
    const pool = dependency({ scope: 'app' }, open('pool'))
    const cache = dependency({ scope: 'app', deps: { pool } }, open('cache'))
    const plain = dependency({ scope: 'app', deps: { cache } }, (context) => `plain on ${context.cache}`)
    app.get('/a', { deps: { plain } }, (context) => context.plain)
    app.get('/b', { deps: { pool } }, (context) => context.pool)
    const { request, close } = await serve(app)
    const text = async (path: string) => (await request(path)).text()
    expect([await text('/a'), await text('/b'), await text('/a')]).toEqual(['plain on cache', 'pool', 'plain on cache'])
    await close()
    expect(trace).toEqual(['pool opens', 'cache opens', 'cache closes', 'pool closes'])
  })

  it('of the app cannot be added while it runs', async () => {
    const log = recorder()
    const app = new App({ logger: log.logger })
    const pool = dependency({ scope: 'app', label: 'pool' }, () => 'pool')
    app.get('/', () => 'before')
    const { request } = await serve(app)
    expect(await (await request('/')).text()).toBe('before')
    app.get('/late', { deps: { pool } }, (context) => context.pool)
    expect((await request('/late')).status).toBe(500)
    expect(log.takeErrors()).toEqual([
      {
        message: 'The app does not compile',
        error: "'pool' (scope app) is not open: add what needs it before the app starts",
      },
    ])
  })
})
