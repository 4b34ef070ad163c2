import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { App, type Logger, silentLogger } from 'millrace'
import { inline, type ModelOptions, model, type WorkersOptions, workers } from 'millrace/models'
import { expect, it, onTestFinished, vi } from 'vitest'
import { z } from 'zod'
import { freePort } from '../support/freePort.ts'
import { gated } from '../support/gatedModel.ts'

const faulty = new URL('../fixtures/models/faulty.model.ts', import.meta.url)

async function make(
  options: Partial<ModelOptions<z.ZodString, z.ZodString>> = {},
  workersOptions: WorkersOptions = {},
  module = faulty,
) {
  const runtime = workers<string, string>(module, workersOptions)
  const made = model({ name: 'faulty', input: z.string(), output: z.string(), runtime, log: silentLogger, ...options })
  onTestFinished(() => made.close())
  await made.open()
  return made
}

/** A file that is there until it is removed, or the test is over. */
function markerFile(): string {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'marker')
  writeFileSync(file, '')
  return file
}

/** The pieces that came before the stream failed, and how it failed. */
async function piecesOf(stream: AsyncIterable<string>): Promise<{ pieces: string[]; error: unknown }> {
  const pieces: string[] = []
  try {
    for await (const piece of stream) pieces.push(piece)
    return { pieces, error: undefined }
  } catch (error) {
    return { pieces, error }
  }
}

const nothingLeft = { queued: 0, running: 0, state: 'ready' }

it('brings back a thread that has run out of memory', async () => {
  const made = await make({}, { resourceLimits: { maxOldGenerationSizeMb: 16 } })
  await expect(made.run('hoard')).rejects.toMatchObject({
    code: 'worker_lost',
    cause: { message: expect.stringContaining('ended (code 1)'), cause: { code: 'ERR_WORKER_OUT_OF_MEMORY' } },
  })
  expect(await made.run('next')).toBe('NEXT')
  expect(await made.status()).toMatchObject({ ...nothingLeft, restarts: 1 })
})

it('ends a thread whose callers have all left, where killOnAbort says so', async () => {
  const made = await make({}, { killOnAbort: true })
  const controller = new AbortController()
  const left = made.run('spin', { signal: controller.signal })
  await expect.poll(async () => (await made.status()).batches).toBe(1)
  controller.abort(new Error('gone'))
  await expect(left).rejects.toThrow('gone')
  expect(await made.run('next')).toBe('NEXT')
  expect(await made.status()).toMatchObject({ ...nothingLeft, restarts: 0, cancelled: 1 })
})

it('takes no number of callers that leave for crashes', async () => {
  const made = await make({}, { killOnAbort: true, maxCrashes: 1 })
  for (let count = 1; count <= 3; count++) {
    const controller = new AbortController()
    const left = made.run('spin', { signal: controller.signal })
    await expect.poll(async () => (await made.status()).batches).toBe(2 * count - 1)
    controller.abort(new Error('gone'))
    await expect(left).rejects.toThrow('gone')
    expect(await made.run('next')).toBe('NEXT')
    expect(await made.status()).toMatchObject({ ...nothingLeft, restarts: 0 })
  }
})

it('ends a thread whose reader has left, where killOnAbort says so', async () => {
  const made = await make({}, { killOnAbort: true })
  const controller = new AbortController()
  // It never ends by itself.
  const silent = piecesOf(made.stream('a?', { signal: controller.signal }))
  await expect.poll(async () => (await made.status()).running).toBe(1)
  controller.abort(new Error('gone'))
  expect(await silent).toMatchObject({ error: { message: 'gone' } })
  expect(await piecesOf(made.stream('next'))).toMatchObject({ error: undefined })
  expect(await made.status()).toMatchObject({ ...nothingLeft, restarts: 0 })
  for await (const _piece of made.stream('ab?')) break
  expect(await made.run('next')).toBe('NEXT')
  expect(await made.status()).toMatchObject({ ...nothingLeft, restarts: 0 })
})

it('brings back a lane that was given up', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  onTestFinished(() => void vi.useRealTimers())
  const made = await make({}, { maxCrashes: 0 })
  await expect(made.run('die')).rejects.toMatchObject({ code: 'worker_lost' })
  expect((await made.status()).state).toBe('down')
  vi.advanceTimersByTime(10_000)
  vi.useRealTimers()
  await expect.poll(async () => (await made.status()).state, { timeout: 10_000 }).toBe('ready')
  expect(await made.run('next')).toBe('NEXT')
})

it('starts a thread again later each time, and forgets crashes of long ago', async () => {
  vi.useFakeTimers({ toFake: ['performance', 'setTimeout', 'clearTimeout'] })
  onTestFinished(() => void vi.useRealTimers())
  const never = Number.POSITIVE_INFINITY
  const made = await make(
    { queue: { deadlineMs: never }, batch: { timeoutMs: never } },
    { maxCrashes: 3, crashWindowMs: 5_000, loadTimeoutMs: never },
  )
  /** The state after a crash, and how long it takes until the thread is started again: there is no other timer. */
  const crash = async () => {
    await expect(made.run('die')).rejects.toMatchObject({ code: 'worker_lost' })
    const { state } = await made.status()
    const crashedAt = performance.now()
    vi.advanceTimersToNextTimer()
    return [state, performance.now() - crashedAt]
  }
  const crashes: unknown[] = []
  for (let index = 0; index < 4; index++) {
    if (index > 0) expect(await made.run('next')).toBe('NEXT')
    crashes.push(await crash())
  }
  await expect.poll(async () => (await made.status()).state, { timeout: 20_000 }).toBe('ready')
  crashes.push(await crash())
  expect(crashes).toEqual([
    ['ready', 100],
    ['ready', 200],
    ['ready', 400],
    ['down', 10_000],
    // Ten seconds later the others are out of the window.
    ['ready', 100],
  ])
}, 60_000)

it('runs a batch whose thread has died once more where it is idempotent, and only once', async () => {
  const made = await make({ idempotent: true })
  const marker = markerFile()
  expect(await made.run(marker)).toBe(marker.toUpperCase())
  expect(await made.status()).toMatchObject({ ...nothingLeft, restarts: 1, batches: 2, failed: 0 })
  await expect(made.run('die')).rejects.toMatchObject({ code: 'worker_lost' })
  expect(await made.run('next')).toBe('NEXT')
  expect(await made.status()).toMatchObject({ ...nothingLeft, restarts: 3, failed: 1 })
})

it('fails what was to run once more when the model is given up meanwhile', async () => {
  const made = await make({ idempotent: true }, { maxCrashes: 0 })
  await expect(made.run('die')).rejects.toMatchObject({ code: 'worker_lost' })
  expect(await made.status()).toMatchObject({ queued: 0, running: 0, state: 'down' })
})

/** A model that cannot be loaded again until its obstacle is gone, and how often it has been lost. */
async function obstructed(options: WorkersOptions, model = faulty) {
  const lost: string[] = []
  let wake: (() => void) | undefined
  const log: Logger = {
    ...silentLogger,
    warn: (_message, fields) => {
      lost.push((fields as { error: Error }).error.message)
      wake?.()
    },
  }
  const obstacle = markerFile()
  rmSync(obstacle)
  const module = new URL(model)
  module.searchParams.set('obstacle', obstacle)
  const made = await make({ log, batch: { maxSize: 1 } }, options, module)
  writeFileSync(obstacle, '')
  const losses = async (count: number) => {
    while (lost.length < count) await new Promise<void>((resolve) => (wake = resolve))
    return lost
  }
  return { made, losses, clear: () => rmSync(obstacle, { force: true }) }
}

it('goes on trying when a thread cannot be loaded again', async () => {
  const { made, losses, clear } = await obstructed({})
  await expect(made.run('die')).rejects.toMatchObject({ code: 'worker_lost' })
  const waiting = made.run('waiting')
  expect((await losses(3)).slice(1)).toEqual(['Error: the weights cannot be read', 'Error: the weights cannot be read'])
  clear()
  expect(await waiting).toBe('WAITING')
  expect(await made.status()).toMatchObject(nothingLeft)
})

it('ends a thread whose load has failed, with all that it has opened', async () => {
  const module = new URL('../fixtures/models/listening.model.ts', import.meta.url)
  module.searchParams.set('port', String(await freePort()))
  const { made, losses, clear } = await obstructed({}, module)
  await expect(made.run('die')).rejects.toMatchObject({ code: 'worker_lost' })
  // Of the threads that come next each finds the port free again.
  expect((await losses(3)).slice(1)).toEqual(['Error: the weights cannot be read', 'Error: the weights cannot be read'])
  clear()
  expect(await made.run('next')).toBe('NEXT')
})

it('gives up when a thread cannot be loaded again too often, and comes back with a swap', async () => {
  const { made } = await obstructed({ maxCrashes: 2 })
  const dying = made.run('die')
  const waiting = made.run('waiting')
  const outcomes = await Promise.allSettled([dying, waiting])
  expect(outcomes).toMatchObject([
    { reason: { code: 'worker_lost' } },
    { reason: { status: 503, code: 'model_unavailable' } },
  ])
  expect(await made.status()).toMatchObject({ queued: 0, running: 0, state: 'down' })
  await made.swap(workers(faulty))
  expect(await made.run('next')).toBe('NEXT')
  expect((await made.status()).state).toBe('ready')
})

it('loses no request while it swaps under load', async () => {
  const made = await make({}, { count: 2 })
  let isOver = false
  const results: boolean[] = []
  const callers = Array.from({ length: 8 }, async (_, caller) => {
    for (let index = 0; !isOver; index++)
      results.push((await made.run(`word ${caller} ${index}`)) === `WORD ${caller} ${index}`)
  })
  await Promise.all([made.swap(workers(faulty)), made.swap(workers(faulty, { count: 2 }))])
  isOver = true
  await Promise.all(callers)
  expect(results.length).toBeGreaterThan(8)
  expect(results).not.toContain(false)
  expect(await made.status()).toMatchObject({ ...nothingLeft, failed: 0, lanes: 2 })
})

it('lets a running batch end when it is closed, and refuses what waits', async () => {
  const { made, batch } = gated({ batch: { maxSize: 1 } })
  await made.open()
  const running = made.run('running')
  await batch(0)
  const waiting = made.run('waiting')
  const closed = made.close()
  await expect(waiting).rejects.toMatchObject({ status: 503, code: 'model_unavailable' })
  ;(await batch(0)).finish()
  expect(await running).toBe('RUNNING')
  await closed
  expect(await made.status()).toMatchObject({ queued: 0, running: 0, state: 'unloaded' })
})

it('closes without waiting for what nobody waits for', async () => {
  const made = await make({}, { closeGraceMs: 50 })
  await expect(made.run('spin', { deadlineMs: 50 })).rejects.toMatchObject({ status: 504 })
  // The batch itself would be given 60 seconds.
  await made.close()
  expect(await made.status()).toMatchObject({ queued: 0, running: 0, state: 'unloaded' })
})

it('tells the reader of a stream whose thread dies in the middle, and goes on', async () => {
  const made = await make()
  expect(await piecesOf(made.stream('ab!c'))).toMatchObject({ error: { code: 'worker_lost' } })
  expect(await piecesOf(made.stream('next'))).toEqual({ pieces: ['N', 'E', 'X', 'T'], error: undefined })
  expect(await made.status()).toMatchObject({ ...nothingLeft, restarts: 1, failed: 1 })
})

it('frees the reader of a stream that never begins, and starts the thread anew', async () => {
  const made = await make({ batch: { timeoutMs: 300 } })
  expect(await piecesOf(made.stream('?', { deadlineMs: 50 }))).toMatchObject({ pieces: [], error: { status: 504 } })
  expect(await made.status()).toMatchObject(nothingLeft)
  expect(await made.run('next')).toBe('NEXT')
  expect((await made.status()).restarts).toBe(1)
})

it('gives up a stream that stops in the middle', async () => {
  const made = await make({ batch: { timeoutMs: 300 } })
  expect(await piecesOf(made.stream('a?'))).toMatchObject({ error: { code: 'batch_timeout' } })
  expect(await made.run('next')).toBe('NEXT')
  expect(await made.status()).toMatchObject({ ...nothingLeft, restarts: 1 })
})

it('frees a caller within its deadline while the model loads', async () => {
  const load = Promise.withResolvers<void>()
  const made = model({
    name: 'loading',
    input: z.string(),
    output: z.string(),
    runtime: inline<void, string, string>({ load: () => load.promise, run: (_model, batch) => batch }),
  })
  onTestFinished(() => made.close())
  const late = made.run('late', { deadlineMs: 30 })
  const patient = made.run('patient')
  await expect(late).rejects.toMatchObject({ status: 504, code: 'deadline_passed' })
  expect(await made.status()).toMatchObject({ queued: 1, running: 0, state: 'loading' })
  load.resolve()
  expect(await patient).toBe('patient')
})

it('keeps a late result of an inline model from freeing what runs after it', async () => {
  const { made, batch, batches } = gated({ batch: { maxSize: 1, timeoutMs: 300 } })
  await made.open()
  const late = made.run('late')
  await batch(0)
  const second = made.run('second')
  const third = made.run('third')
  await expect(late).rejects.toMatchObject({ code: 'batch_timeout' })
  expect((await batch(1)).items).toEqual(['second'])
  ;(await batch(0)).finish()
  await new Promise((resolve) => setImmediate(resolve))
  expect(batches.length).toBe(2)
  ;(await batch(1)).finish()
  ;(await batch(2)).finish()
  expect(await Promise.all([second, third])).toEqual(['SECOND', 'THIRD'])
})

it('tells a batch that took too long to end, wherever it runs', async () => {
  const told = Promise.withResolvers<void>()
  const made = model({
    name: 'listening',
    input: z.string(),
    output: z.string(),
    batch: { timeoutMs: 30 },
    runtime: inline<undefined, string, string>({
      run: (_model, batch, { signal }) => {
        if (batch.includes('next')) return batch
        signal.addEventListener('abort', () => told.resolve())
        return new Promise(() => undefined)
      },
    }),
  })
  onTestFinished(() => made.close())
  await expect(made.run('hang')).rejects.toMatchObject({ code: 'batch_timeout' })
  await told.promise
  expect(await made.run('next')).toBe('next')
})

it('takes a thread that hangs for crashed, also where killOnAbort ends those that nobody waits for', async () => {
  const made = await make({ batch: { timeoutMs: 100 } }, { killOnAbort: true, maxCrashes: 0 })
  await expect(made.run('spin')).rejects.toMatchObject({ code: 'batch_timeout' })
  await expect.poll(async () => (await made.status()).state).toBe('down')
})

it('makes the app unready when it is given up, and ready again with a swap', async () => {
  const made = await make({}, { maxCrashes: 0 })
  const app = new App({ logger: false })
  app.get('/:word', { params: z.object({ word: z.string() }), deps: { made } }, ({ params, made }) =>
    made.run(params.word),
  )
  onTestFinished(() => app.stop())
  const ask = async (path: string) => {
    const response = await app.request(path)
    return [response.status, await response.text()]
  }
  expect(await ask('/next')).toEqual([200, 'NEXT'])
  expect(await ask('/readyz')).toEqual([200, '{"status":"ready"}'])
  expect((await ask('/die'))[0]).toBe(503)
  expect((await ask('/next'))[0]).toBe(503)
  expect(await ask('/readyz')).toEqual([503, '{"status":"down"}'])
  await made.swap(workers(faulty))
  expect(await ask('/readyz')).toEqual([200, '{"status":"ready"}'])
  expect(await ask('/next')).toEqual([200, 'NEXT'])
})

it('warns of no worker that it has ended because nobody waited for it', async () => {
  const entries: unknown[] = []
  const note = (message: string) => void entries.push(message)
  const log: Logger = { debug: note, info: note, warn: note, error: note }
  const made = await make({ log }, { killOnAbort: true })
  const controller = new AbortController()
  const left = made.run('spin', { signal: controller.signal })
  await expect.poll(async () => (await made.status()).running).toBe(1)
  controller.abort(new Error('gone'))
  await expect(left).rejects.toThrow('gone')
  expect(await made.run('next')).toBe('NEXT')
  expect(entries).toEqual(['A worker of a model was ended, because nobody waited for it any more'])
})
