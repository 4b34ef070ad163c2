import { App, dependency, fail, jsonl } from 'millrace'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { describeTransports, recorder } from './support/serve.ts'

describeTransports('events', (serve) => {
  it('tell of an app and of its requests, in order', async () => {
    const seen: string[] = []
    const app = new App()
    app.lifespan(async function* () {
      seen.push('lifespan opens')
      yield
      seen.push('lifespan closes')
    })
    app.on('start', ({ durationMs }) => seen.push(`start ${durationMs >= 0}`))
    app.on('stop', () => seen.push(`stop ${app.state}`))
    app.on('request:start', ({ context }) =>
      seen.push(`request:start ${context.method} ${context.path} ${context.route}`),
    )
    app.on('request:answer', ({ context, answer }) => seen.push(`request:answer ${context.route} ${answer.status}`))
    app.on('request:end', ({ context, answer, durationMs }) => {
      seen.push(`request:end ${context.route} ${answer.status} ${durationMs > 0}`)
    })
    const made = dependency(function* () {
      yield 1
      seen.push('closed')
    })
    app.use(async (_context, next) => {
      await next()
      seen.push('middleware')
    })
    app.get('/items/:id', { deps: { made } }, ({ after }) => after(() => seen.push('work')))
    const { request, close } = await serve(app)
    await request('/items/1')
    await app.idle()
    await (await request('/nowhere')).text()
    await app.idle()
    await close()
    expect(seen).toEqual([
      'lifespan opens',
      'start true',
      'request:start GET /items/1 undefined',
      'middleware',
      'request:answer /items/:id 204',
      'work',
      'closed',
      'request:end /items/:id 204 true',
      'request:start GET /nowhere undefined',
      'middleware',
      'request:answer undefined 404',
      'request:end undefined 404 true',
      'lifespan closes',
      'stop stopped',
    ])
  })

  it('tell of errors that are answered with 500, and of those that come too late for an answer', async () => {
    const log = recorder()
    const seen: string[] = []
    const app = new App({ logger: log.logger })
    app.on('error', ({ error, context }) => seen.push(`${context.path}: ${(error as Error).message}`))
    app.get('/404', () => fail(404))
    app.get('/500', () => {
      throw new TypeError('broken')
    })
    app.get('/503', () => fail(503, 'later'))
    app.get('/after', ({ after }) => {
      after(() => {
        throw new Error('work failed')
      })
    })
    app.get('/stream', { response: jsonl(z.int()) }, async function* () {
      yield 1
      throw new Error('stream failed')
    })
    const transaction = dependency(function* () {
      yield 1
      throw new Error('commit failed')
    })
    app.get('/cleanup', { deps: { transaction } }, () => 'done')
    const { request } = await serve(app)
    for (const path of ['/404', '/500', '/503', '/after', '/cleanup']) await (await request(path)).text()
    await (await request('/stream')).text().catch(() => undefined)
    await app.idle()
    expect(seen.toSorted()).toEqual([
      '/500: broken',
      '/503: later',
      '/after: work failed',
      '/cleanup: commit failed',
      '/stream: stream failed',
    ])
    expect(log.takeErrors().map(({ error }) => error)).toEqual([
      'broken',
      'work failed',
      'commit failed',
      'stream failed',
    ])
  })

  it('of listeners that fail are logged, and change nothing', async () => {
    const log = recorder()
    const app = new App({ logger: log.logger })
    const off = app.on('request:start', () => {
      throw new Error('first')
    })
    app.on('request:start', async () => {
      throw new Error('second')
    })
    app.get('/', () => 'fine')
    const { request } = await serve(app)
    expect(await (await request('/')).text()).toBe('fine')
    off()
    expect(await (await request('/')).text()).toBe('fine')
    expect(log.takeErrors()).toEqual(
      ['first', 'second', 'second'].map((error) => ({ message: "A listener of 'request:start' failed", error })),
    )
  })
})

describe('listeners', () => {
  it('go along with a copy, which gets no more of them', async () => {
    const seen: string[] = []
    const app = new App()
    app.get('/', () => 1)
    app.on('request:end', () => seen.push('both'))
    const copy = app.with()
    app.on('request:end', () => seen.push('app'))
    await copy.request('/')
    await copy.stop()
    expect(seen).toEqual(['both'])
  })
})
