import { App, silentLogger } from 'millrace'
import { inline, llama, type ModelOptions, model, onnx, python, remote, transformers, workers } from 'millrace/models'
import { expect, it, onTestFinished } from 'vitest'
import { z } from 'zod'
import { gated } from '../support/gatedModel.ts'

type Options = Partial<ModelOptions<z.ZodString, z.ZodString>>

it.each<[string, Options]>([
  ['batch.maxSize', { batch: { maxSize: 0 } }],
  ['batch.maxSize', { batch: { maxSize: Number.NaN } }],
  ['batch.maxDelayMs', { batch: { maxDelayMs: -1 } }],
  ['batch.maxCost', { batch: { maxCost: Number.NaN } }],
  ['batch.timeoutMs', { batch: { timeoutMs: 0 } }],
  ['queue.maxSize', { queue: { maxSize: 1.5 } }],
  ['queue.maxPerCaller', { queue: { maxPerCaller: 0 } }],
  ['queue.deadlineMs', { queue: { deadlineMs: Number.NaN } }],
  ['queue.stallTimeoutMs', { queue: { stallTimeoutMs: 0 } }],
  ['adaptive.targetMs', { adaptive: { targetMs: 0 } }],
  ['cache.maxItems', { cache: { maxItems: 0 } }],
  ['cache.maxItems', { cache: { maxItems: Number.POSITIVE_INFINITY } }],
  ['cache.ttlMs', { cache: { maxItems: 1, ttlMs: 0 } }],
  ['idleMs', { idleMs: -1 }],
])('refuses a model whose %s cannot be kept to', (option, options) => {
  const runtime = inline({ run: (_model, items: string[]) => items })
  expect(() => model({ name: 'wrong', input: z.string(), output: z.string(), runtime, ...options })).toThrow(
    `${option} of the model 'wrong' must be `,
  )
})

const words = new URL('../fixtures/models/words.model.ts', import.meta.url)
const run = { run: (_model: unknown, items: string[]) => items }
const server = { url: 'http://127.0.0.1:1', protocol: 'text-embeddings' } as const

it.each<[string, () => unknown]>([
  ['concurrency of inline()', () => inline({ ...run, concurrency: 0 })],
  ['count of workers()', () => workers(words, { count: Number.NaN })],
  ['threads of workers()', () => workers(words, { threads: 0.5 })],
  ['loadTimeoutMs of workers()', () => workers(words, { loadTimeoutMs: 0 })],
  ['maxCrashes of workers()', () => workers(words, { maxCrashes: Number.NaN })],
  ['count of python()', () => python('model.py', { count: 0 })],
  ['count of onnx()', () => onnx({ path: 'model.onnx', count: Number.POSITIVE_INFINITY })],
  ['count of transformers()', () => transformers({ task: 'none', model: 'none', count: -1 })],
  ['lanes of llama()', () => llama({ path: 'model.gguf', lanes: 0 })],
  ['contextSize of llama()', () => llama({ path: 'model.gguf', contextSize: Number.NaN })],
  ['concurrency of remote()', () => remote({ ...server, concurrency: 0 })],
  ['timeoutMs of remote()', () => remote({ ...server, timeoutMs: Number.NaN })],
  ['retries of remote()', () => remote({ ...server, retries: Number.NaN })],
  ['breaker.failures of remote()', () => remote({ ...server, breaker: { failures: 0 } })],
])('refuses a runtime where the %s cannot be kept to', (option, make) => {
  expect(make).toThrow(`${option} must be `)
})

it('refuses a remote server that cannot be asked', () => {
  expect(() => remote({ ...server, url: 'localhost:8000' })).toThrow(
    "remote() needs a URL such as http://127.0.0.1:8000, not 'localhost:8000'",
  )
  expect(() => remote({ ...server, protocol: 'open-inference' })).toThrow(
    "remote({ protocol: 'open-inference' }) needs the name of the model there: `model`",
  )
})

it('refuses a call whose priority or deadline is no number to compare', async () => {
  const { made, batch } = gated()
  await expect(made.run('a', { priority: Number.NEGATIVE_INFINITY })).rejects.toThrow('A priority is a finite number')
  await expect(made.run('a', { deadlineMs: Number.NaN })).rejects.toThrow('A deadline is a number of milliseconds')
  const next = made.run('b')
  ;(await batch(0)).finish()
  expect(await next).toBe('B')
})

it('takes an infinite limit for none', async () => {
  const { made, batch } = gated({ batch: { timeoutMs: Number.POSITIVE_INFINITY, maxDelayMs: 2 ** 40, maxSize: 1 } })
  const call = made.run('a', { deadlineMs: Number.POSITIVE_INFINITY })
  const first = await batch(0)
  // Two turns of the timers: one that was set to 1 ms instead would have gone off.
  for (let turn = 0; turn < 2; turn++) await new Promise((resolve) => setTimeout(resolve, 5))
  first.finish()
  expect(await call).toBe('A')
})

it('settles the whole batch when the onTiming of a caller throws', async () => {
  const { made, batch } = gated({ log: silentLogger })
  await made.open()
  const calls = [
    made.run('a', {
      onTiming: () => {
        throw new Error('the times are of no use')
      },
    }),
    made.run('b'),
  ]
  ;(await batch(0)).finish()
  expect(await Promise.all(calls)).toEqual(['A', 'B'])
})

it("heeds the request's signal beside a handler's own", async () => {
  const { made, batch } = gated()
  const app = new App({ logger: false })
  const own = new AbortController()
  const left = Promise.withResolvers<unknown>()
  app.get('/', { deps: { made } }, ({ made }) => {
    const call = made.run('a', { signal: own.signal })
    call.catch(left.resolve)
    return call
  })
  onTestFinished(() => app.stop())
  const client = new AbortController()
  const response = Promise.resolve(app.request('/', { signal: client.signal })).catch(() => undefined)
  await batch(0)
  client.abort(new Error('the client has left'))
  expect(await left.promise).toBeInstanceOf(Error)
  expect(await made.status()).toMatchObject({ running: 0, cancelled: 1 })
  await response
})
