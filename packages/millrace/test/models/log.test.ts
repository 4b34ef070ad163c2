import { App, type Logger } from 'millrace'
import { inline, type ModelOptions, model, workers } from 'millrace/models'
import { expect, it, onTestFinished, vi } from 'vitest'
import { z } from 'zod'
import { describeTransports } from '../support/serve.ts'

const faulty = new URL('../fixtures/models/faulty.model.ts', import.meta.url)

type Line = [level: string, message: string, fields: object | undefined]

/** A log that keeps what is told, and tells what comes next. */
function keepLog() {
  const lines: Line[] = []
  let wake: (() => void) | undefined
  const to = (level: string) => (message: string, fields?: object) => {
    const error = (fields as { error?: Error } | undefined)?.error
    lines.push([level, message, error ? { ...fields, error: error.message } : fields])
    wake?.()
  }
  const log: Logger = { debug: to('debug'), info: to('info'), warn: to('warn'), error: to('error') }
  const until = async (message: string) => {
    while (!lines.some(([, told]) => told === message)) await new Promise<void>((resolve) => (wake = resolve))
  }
  return { log, lines, until }
}

function make(log: Logger, options: Partial<ModelOptions<z.ZodString, z.ZodString>> = {}) {
  const made = model({
    name: 'faulty',
    input: z.string(),
    output: z.string(),
    runtime: workers(faulty, { count: 1 }),
    log,
    ...options,
  })
  onTestFinished(() => made.close())
  return made
}

const post = (body: unknown) => ({
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
})

describeTransports('a worker that is lost', (serve) => {
  it('answers each of its callers with 503, and is told once', async () => {
    const ofModel = keepLog()
    const ofApp = keepLog()
    const made = make(ofModel.log)
    const app = new App({ logger: ofApp.log })
    app.post('/words', { body: z.array(z.string()), response: z.array(z.string()), deps: { made } }, ({ body, made }) =>
      made.runMany(body),
    )
    const { request } = await serve(app)
    const response = await request('/words', post(['a', 'die', 'b']))
    expect([response.status, response.headers.get('retry-after'), response.headers.get('retry-after-ms')]).toEqual([
      503,
      '1',
      '1000',
    ])
    expect(await response.json()).toEqual({
      type: 'about:blank',
      title: 'Service Unavailable',
      status: 503,
      detail: 'The worker that had this call has ended: try again',
      code: 'worker_lost',
    })
    const again = await request('/words', post(['a']))
    expect([again.status, await again.json()]).toEqual([200, ['A']])
    const error = 'A worker thread of the model ended (code 3)'
    // However slowly the thread was loaded.
    expect(ofModel.lines.filter(([level]) => level !== 'info')).toEqual([
      ['warn', 'A worker of a model was lost', { model: 'faulty', items: 3, error }],
    ])
    expect(ofApp.lines.filter(([level]) => level !== 'info')).toEqual([])
  })
})

it('says that Millrace has ended a worker, and why', async () => {
  const { log, lines, until } = keepLog()
  const made = make(log, { batch: { timeoutMs: 300 } })
  await made.open()
  const calls = await Promise.allSettled([made.run('spin'), made.run('b')])
  expect(calls).toMatchObject([{ reason: { code: 'batch_timeout' } }, { reason: { code: 'batch_timeout' } }])
  await until('A worker of a model was lost')
  const error = 'A batch was not done within 300 ms'
  expect(lines.filter(([level]) => level !== 'info')).toEqual([
    ['error', 'A batch of a model failed', { model: 'faulty', items: 2, error }],
    [
      'warn',
      'A worker of a model was lost',
      { model: 'faulty', items: 0, error: `${error}: Millrace has ended its worker` },
    ],
  ])
})

it('says when a model is down, and when it is up again', async () => {
  const { log, lines, until } = keepLog()
  const made = make(log, { runtime: workers(faulty, { maxCrashes: 0 }) })
  await made.open()
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  onTestFinished(() => void vi.useRealTimers())
  await expect(made.run('die')).rejects.toMatchObject({ code: 'worker_lost' })
  vi.advanceTimersByTime(10_000)
  vi.useRealTimers()
  await until('A model is up again')
  const error = 'A worker thread of the model ended (code 3)'
  expect(lines.filter(([, message]) => /lost|down|up/.test(message))).toEqual([
    ['warn', 'A worker of a model was lost', { model: 'faulty', items: 1, error }],
    ['error', 'A model is down', { model: 'faulty', restarts: 0, error }],
    ['info', 'A model is up again', { model: 'faulty', restarts: 1 }],
  ])
})

it('tells once what has failed for a whole batch, with how many items it had', async () => {
  const ofModel = keepLog()
  const ofApp = keepLog()
  const gate = Promise.withResolvers<void>()
  const made = make(ofModel.log, {
    runtime: inline<undefined, string, string>({
      run: async (_model, batch) => {
        if (batch.includes('head')) await gate.promise
        else throw new Error('no memory left')
        return batch
      },
    }),
  })
  const app = new App({ logger: ofApp.log })
  app.get('/words/:word', { deps: { made } }, ({ params, made }) => made.run(params.word))
  onTestFinished(() => app.stop())
  const head = app.request('/words/head')
  await expect.poll(() => made.status()).toMatchObject({ running: 1 })
  const many = ['a', 'b', 'c'].map((word) => app.request(`/words/${word}`))
  await expect.poll(() => made.status()).toMatchObject({ queued: 3 })
  gate.resolve()
  expect((await Promise.all([head, ...many])).map(({ status }) => status)).toEqual([200, 500, 500, 500])
  expect(ofModel.lines).toEqual([
    ['error', 'A batch of a model failed', { model: 'faulty', items: 3, error: 'no memory left' }],
  ])
  expect(ofApp.lines).toEqual([])
  // A lone item is told by its request.
  expect((await app.request('/words/d')).status).toBe(500)
  expect(ofApp.lines).toMatchObject([
    ['error', 'An error was not handled', { path: '/words/d', error: 'no memory left' }],
  ])
})

it('says that a model is loading where that takes a while, and when it is ready', async () => {
  const { log, lines, until } = keepLog()
  const gate = Promise.withResolvers<void>()
  const made = make(log, { runtime: inline({ load: () => gate.promise, run: (_, batch: string[]) => batch }) })
  const opening = made.open()
  await until('A model is loading')
  gate.resolve()
  await opening
  expect(lines).toEqual([
    ['info', 'A model is loading', { model: 'faulty' }],
    ['info', 'A model is ready', { model: 'faulty', loadMs: expect.any(Number) }],
  ])
})
