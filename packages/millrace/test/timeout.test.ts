import { App, jsonl, timeout } from 'millrace'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { describeTransports } from './support/serve.ts'

describeTransports('timeout()', (serve) => {
  it('answers 504 and aborts the signal; what comes in time is left alone', async () => {
    const app = new App()
    const reason = Promise.withResolvers<unknown>()
    app.get('/slow', { use: [timeout(5)] }, ({ signal }) => {
      signal.addEventListener('abort', () => reason.resolve(signal.reason))
      return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
    })
    app.get('/quick', { use: [timeout(60_000)] }, async () => 'quick')
    app.get('/sync', { timeoutMs: 1 }, () => 'sync')
    const { request } = await serve(app)
    const response = await request('/slow')
    expect([response.status, await response.json()]).toEqual([
      504,
      {
        type: 'about:blank',
        title: 'Gateway Timeout',
        status: 504,
        detail: 'The answer was not ready within 5 ms',
        code: 'timed_out',
      },
    ])
    expect(await reason.promise).toMatchObject({ code: 'timed_out' })
    expect(await (await request('/quick')).text()).toBe('quick')
    expect(await (await request('/sync')).text()).toBe('sync')
  })

  it('ends a stream whose first item comes too late', async () => {
    const app = new App({ timeoutMs: 5 })
    const gate = Promise.withResolvers<void>()
    const ended = Promise.withResolvers<string>()
    app.get('/', { response: jsonl(z.int()) }, async function* () {
      try {
        await gate.promise
        yield 1
        yield 2
      } finally {
        ended.resolve('ended')
      }
    })
    const { request } = await serve(app)
    expect((await request('/')).status).toBe(504)
    gate.resolve()
    expect(await ended.promise).toBe('ended')
  })
})
