import { App, bytes, dependency, jsonl, sse } from 'millrace'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { describeTransports, recorder } from './support/serve.ts'

describeTransports('streams that are ended', (serve) => {
  it('end their generator and abort the signal when the client leaves', async () => {
    const app = new App()
    const ended = Promise.withResolvers<unknown>()
    app.get('/', { response: jsonl(z.int()) }, async function* ({ signal }) {
      try {
        for (let n = 0; ; n++) {
          yield n
          await new Promise(setImmediate)
        }
      } finally {
        ended.resolve(signal.reason)
      }
    })
    const { request } = await serve(app)
    const response = await request('/')
    const reader = (response.body as ReadableStream<Uint8Array>).getReader()
    await reader.read()
    await reader.cancel()
    expect(await ended.promise).toMatchObject({ status: 499, code: 'client_closed' })
  })

  it('a ReadableStream is cancelled when the client leaves, even while it waits', async () => {
    const app = new App()
    const cancelled = Promise.withResolvers<string>()
    const make = () =>
      new ReadableStream<Uint8Array>({
        start: (controller) => controller.enqueue(new Uint8Array([1])),
        pull: () => new Promise(() => undefined),
        cancel: () => cancelled.resolve('cancelled'),
      })
    app.get('/', () => new Response(make()))
    const { request } = await serve(app)
    const abort = new AbortController()
    const reader = ((await request('/', { signal: abort.signal })).body as ReadableStream<Uint8Array>).getReader()
    await reader.read()
    abort.abort()
    expect(await cancelled.promise).toBe('cancelled')
  })

  it('a failure of AbortError after the client has left is no error', async () => {
    const log = recorder()
    const app = new App({ logger: log.logger })
    const entered = Promise.withResolvers<void>()
    const left = Promise.withResolvers<void>()
    app.get('/', ({ signal }) => {
      entered.resolve()
      return new Promise((_, reject) =>
        signal.addEventListener('abort', () => {
          reject(new DOMException('This operation was aborted', 'AbortError'))
          left.resolve()
        }),
      )
    })
    const { request, close } = await serve(app)
    const abort = new AbortController()
    const answer = request('/', { signal: abort.signal }).catch(() => undefined)
    await entered.promise
    abort.abort()
    await left.promise
    await close()
    await answer
    expect(log.takeErrors()).toEqual([])
  })

  /** Sources whose first item never comes; they tell when they are asked for it, and when they are ended. */
  const silent = {
    'a ReadableStream': {
      response: bytes(),
      open: (asked: () => void, ended: () => void) =>
        new ReadableStream<Uint8Array>({
          pull: () => {
            asked()
            return new Promise(() => undefined)
          },
          cancel: ended,
        }),
    },
    'an iterator of events': { response: sse(z.int()), open: silentIterator },
    'an iterator of lines': { response: jsonl(z.int()), open: silentIterator },
  }

  function silentIterator(asked: () => void, ended: () => void): AsyncIterable<never> {
    const next = () => {
      asked()
      return new Promise<never>(() => undefined)
    }
    const end = async () => {
      ended()
      return { done: true as const, value: undefined }
    }
    return { [Symbol.asyncIterator]: () => ({ next, return: end }) }
  }

  const silentApp = ({ response, open }: (typeof silent)[keyof typeof silent], timeoutMs?: number) => {
    const app = new App({ logger: recorder().logger })
    const asked = Promise.withResolvers<void>()
    const ended = Promise.withResolvers<void>()
    const closed = Promise.withResolvers<unknown>()
    const resource = dependency(async function* () {
      try {
        yield 1
        closed.resolve('without an error')
      } catch (error) {
        closed.resolve(error)
      }
    })
    app.get('/', { response, deps: { resource }, ...(timeoutMs ? { timeoutMs } : {}) } as object, () =>
      open(asked.resolve, ended.resolve),
    )
    return { app, asked: asked.promise, ended: ended.promise, closed: closed.promise }
  }

  it.each(Object.entries(silent))('%s that stays silent is ended when the client leaves', async (_, source) => {
    const { app, asked, ended, closed } = silentApp(source)
    const { request } = await serve(app)
    const abort = new AbortController()
    const answer = request('/', { signal: abort.signal }).catch(() => undefined)
    await asked
    abort.abort()
    await ended
    expect(await closed).toMatchObject({ code: 'client_closed' })
    await answer
  })

  it.each(Object.entries(silent))('%s that stays silent is ended after a timeout', async (_, source) => {
    const { app, ended, closed } = silentApp(source, 20)
    const { request } = await serve(app)
    expect((await request('/')).status).toBe(504)
    await ended
    expect(await closed).toMatchObject({ code: 'timed_out' })
  })

  it('a handler that is too late is not begun', async () => {
    const app = new App({ logger: recorder().logger, timeoutMs: 5 })
    const trace: string[] = []
    async function* items() {
      trace.push('begun')
      yield 1
    }
    app.get('/', { response: jsonl(z.int()) }, async ({ signal }) => {
      await new Promise((resolve) => signal.addEventListener('abort', resolve))
      return items()
    })
    const { request } = await serve(app)
    expect((await request('/')).status).toBe(504)
    await app.stop()
    expect(trace).toEqual([])
  })

  it('are ended at shutdown, and say why', async () => {
    const app = new App({ logger: recorder().logger, heartbeatMs: 5 })
    const ended = Promise.withResolvers<void>()
    const { response: events, open } = silent['an iterator of events']
    app.get('/', { response: events }, () => open(() => undefined, ended.resolve))
    const { request } = await serve(app)
    const response = await request('/')
    const text = response.text()
    const stopped = app.stop({ graceMs: 0 })
    await ended.promise
    expect((await text).replaceAll(': \n\n', '')).toBe(
      `event: error\ndata: ${JSON.stringify({
        type: 'about:blank',
        title: 'Service Unavailable',
        status: 503,
        detail: 'The server is stopping',
        code: 'stopping',
      })}\n\n`,
    )
    await stopped
  })
})

it('a stream that nobody reads is ended at shutdown, and does not keep the app from stopping', async () => {
  const warnings: string[] = []
  const app = new App({ logger: { ...recorder().logger, warn: (message) => void warnings.push(message) } })
  const trace: string[] = []
  const resource = dependency(async function* () {
    try {
      yield 1
    } finally {
      trace.push('resource closed')
    }
  })
  app.get('/', { response: sse(z.int()), deps: { resource } }, async function* () {
    try {
      yield 1
      yield 2
    } finally {
      trace.push('ended')
    }
  })
  const response = await app.request('/')
  await app.stop({ graceMs: 0 })
  expect(trace).toEqual(['ended', 'resource closed'])
  expect(warnings).toEqual([])
  await expect(response.text()).rejects.toThrow()
})
