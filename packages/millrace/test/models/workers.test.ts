import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { silentLogger } from 'millrace'
import { type AnyRuntimeFactory, inline, type ModelOptions, model, workers } from 'millrace/models'
import { expect, it, onTestFinished } from 'vitest'
import { z } from 'zod'

const words = new URL('../fixtures/models/words.model.ts', import.meta.url)

function make(
  options: Partial<ModelOptions<z.ZodString, z.ZodString>> = {},
  runtime: AnyRuntimeFactory = workers(words),
) {
  const made = model({ name: 'words', input: z.string(), output: z.string(), runtime, log: silentLogger, ...options })
  onTestFinished(() => made.close())
  return made
}

it('runs in a thread, batched', async () => {
  const made = make()
  expect(await made.runMany(['a', 'b', 'c'])).toEqual(['A', 'B', 'C'])
  expect(await made.status()).toMatchObject({
    name: 'words',
    state: 'ready',
    runtime: 'workers',
    lanes: 1,
    batches: 1,
    done: 3,
  })
})

it('shares out the cores', async () => {
  const made = make({}, workers(words, { count: 2, threads: 3 }))
  expect(await made.run('threads')).toBe('3')
})

it('fails one item alone, with the status it names', async () => {
  const made = make()
  const [good, bad] = await Promise.allSettled([made.run('good'), made.run('fail')])
  expect(good).toEqual({ status: 'fulfilled', value: 'GOOD' })
  expect(bad).toMatchObject({ reason: { status: 422, code: 'bad_word', message: 'this word fails' } })
})

it('keeps to itself the errors of what it has asked, whatever their status', async () => {
  const made = make()
  await expect(made.run('refused')).rejects.toMatchObject({
    name: 'ModelError',
    code: 'model_failed',
    message: 'Error: the key secret-1 is not valid',
  })
})

it('has the same rule for a model that runs inline', async () => {
  const refused = Object.assign(new Error('the key secret-1 is not valid'), { status: 401, code: 'invalid_api_key' })
  const exposed = Object.assign(new Error('this word fails'), { status: 422, code: 'bad_word', expose: true })
  const errorOf = (word: string) => (word === 'refused' ? refused : exposed)
  const made = make(
    {},
    inline<void, string, string>({
      run: (_, batch) => batch.map(errorOf),
      // biome-ignore lint/correctness/useYield: it fails before its first piece
      async *stream(_, word) {
        throw errorOf(word)
      },
    }),
  )
  const first = async (word: string) => {
    for await (const piece of made.stream(word)) return piece
  }
  for (const ask of [(word: string) => made.run(word), first]) {
    await expect(ask('fail')).rejects.toMatchObject({ name: 'HttpError', status: 422, code: 'bad_word' })
    await expect(ask('refused')).rejects.toBe(refused)
  }
})

it('fails alone what cannot be sent to a thread, or from it', async () => {
  const made = model({
    name: 'words',
    input: z.any(),
    output: z.any(),
    runtime: workers(words),
    log: silentLogger,
  })
  onTestFinished(() => made.close())
  const items = [() => 'not data', 'first', 'function', 'last', { inner: Symbol('neither') }]
  const outcomes = await Promise.allSettled(items.map((item) => made.run(item)))
  expect(outcomes).toMatchObject([
    { reason: { code: 'model_failed', message: 'The item cannot be sent to a worker thread' } },
    { value: 'FIRST' },
    { reason: { code: 'model_failed', message: /^DataCloneError: .* could not be cloned/s } },
    { value: 'LAST' },
    { reason: { code: 'model_failed', message: 'The item cannot be sent to a worker thread' } },
  ])
  expect((await made.status()).batches).toBe(1)
})

it('refuses at once to stream what cannot be sent to a thread', async () => {
  const made = model({ name: 'words', input: z.any(), output: z.any(), runtime: workers(words), log: silentLogger })
  onTestFinished(() => made.close())
  await expect(made.stream(() => 'a word').next()).rejects.toMatchObject({
    code: 'model_failed',
    message: 'The item cannot be sent to a worker thread',
  })
  expect(await made.run('next')).toBe('NEXT')
  expect(await made.status()).toMatchObject({ queued: 0, running: 0, restarts: 0 })
})

it('fails a batch whose code throws, and goes on', async () => {
  const made = make()
  await expect(made.run('throw')).rejects.toMatchObject({ code: 'model_failed', message: 'Error: the model threw' })
  expect(await made.run('next')).toBe('NEXT')
})

it('fails a batch with too few results', async () => {
  const made = make()
  await expect(made.runMany(['short', 'x'])).rejects.toMatchObject({
    code: 'wrong_result_count',
    message: "The model 'words' gave 1 results for a batch of 2",
  })
})

it('brings back a thread that died, and keeps the queue', async () => {
  const made = make({ batch: { maxSize: 1 } })
  await made.open()
  const dying = made.run('die')
  const waiting = made.run('waiting')
  await expect(dying).rejects.toMatchObject({ code: 'worker_lost' })
  expect(await waiting).toBe('WAITING')
  expect(await made.status()).toMatchObject({ state: 'ready', restarts: 1, queued: 0, running: 0 })
})

it('gives up after too many crashes, and says so', async () => {
  const made = make({}, workers(words, { maxCrashes: 1 }))
  await expect(made.run('die')).rejects.toMatchObject({ code: 'worker_lost' })
  await expect(made.run('die')).rejects.toMatchObject({ code: 'worker_lost' })
  await expect(made.run('next')).rejects.toMatchObject({ status: 503, code: 'model_unavailable' })
  expect((await made.status()).state).toBe('down')
})

it('frees the caller of a model that never returns, and starts the thread anew', async () => {
  const made = make({ batch: { timeoutMs: 200 } })
  await made.open()
  await expect(made.run('hang', { deadlineMs: 50 })).rejects.toMatchObject({ status: 504 })
  expect(await made.status()).toMatchObject({ running: 0, queued: 0 })
  expect(await made.run('next')).toBe('NEXT')
  expect((await made.status()).restarts).toBe(1)
})

it('tells a running batch when its last caller has left', async () => {
  const made = make()
  await made.open()
  const controller = new AbortController()
  const left = made.run('wait', { signal: controller.signal })
  await expect.poll(async () => (await made.status()).batches).toBe(1)
  controller.abort(new Error('gone'))
  await expect(left).rejects.toThrow('gone')
  // The batch ended, so the only lane is free again.
  expect(await made.run('next')).toBe('NEXT')
})

it('streams, in order, and takes errors over', async () => {
  const made = make()
  const letters: string[] = []
  for await (const letter of made.stream('water and wheel, forty letters and some more')) letters.push(letter)
  expect(letters.join('')).toBe('WATER AND WHEEL, FORTY LETTERS AND SOME MORE')
  const broken: string[] = []
  await expect(async () => {
    for await (const letter of made.stream('ab!c')) broken.push(letter)
  }).rejects.toThrow('the stream threw')
  expect(broken).toEqual(['A', 'B'])
  for await (const _letter of made.stream('left early')) break
  expect(await made.run('next')).toBe('NEXT')
  expect(await made.status()).toMatchObject({ queued: 0, running: 0 })
})

it('says why a model cannot be loaded', async () => {
  const made = make({}, workers(new URL('../fixtures/models/missing.model.ts', import.meta.url)))
  await expect(made.run('a')).rejects.toThrow(/Cannot find module .*missing\.model\.ts/)
})

it('gives up a model that does not load in time', async () => {
  const runtime = workers(new URL('../fixtures/models/slowToLoad.model.ts', import.meta.url), { loadTimeoutMs: 50 })
  const made = model({ name: 'slow', input: z.any(), output: z.any(), runtime })
  onTestFinished(() => made.close())
  await expect(made.open()).rejects.toMatchObject({
    code: 'model_failed',
    message: "The model 'slow' could not be loaded: The model was not loaded within 50 ms",
  })
})

it('swaps versions, and keeps the old one when the new one cannot be loaded', async () => {
  const made = make()
  expect(await made.run('threads')).toMatch(/^\d+$/)
  await expect(made.swap(workers(new URL('../fixtures/models/missing.model.ts', import.meta.url)))).rejects.toThrow()
  expect(await made.run('still here')).toBe('STILL HERE')
  await made.swap(workers(words, { threads: 7 }))
  expect(await made.run('threads')).toBe('7')
})

it('swaps to versions by their names, and tells which one runs', async () => {
  const versions = { one: workers(words, { threads: 1 }), two: workers(words, { threads: 2 }) }
  const made = make({ versions }, versions.one)
  expect([await made.run('threads'), (await made.status()).version]).toEqual(['1', 'one'])
  await made.swap('two')
  expect([await made.run('threads'), (await made.status()).version]).toEqual(['2', 'two'])
  await made.swap(workers(words, { threads: 3 }))
  expect([await made.run('threads'), (await made.status()).version]).toEqual(['3', undefined])
  await expect(made.swap('toString')).rejects.toThrow(
    "The model 'words' has no version 'toString' among its `versions`: one, two",
  )
  expect(await made.run('threads')).toBe('3')
})

it('takes the module that a compiler has made of the one that is named', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-built-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  await writeFile(join(folder, 'echo.model.js'), 'export default { run: (_, batch) => batch }')
  const runtime = workers(pathToFileURL(join(folder, 'echo.model.ts')))
  const made = model({ name: 'built', input: z.string(), output: z.string(), runtime })
  onTestFinished(() => made.close())
  expect(await made.run('a')).toBe('a')
})

it('sends what its code prints to the log, line by line', async () => {
  const entries: unknown[] = []
  const note = (level: string) => (message: string, fields?: object) => void entries.push([level, message, fields])
  const made = make({ log: { debug: note('debug'), info: note('info'), warn: note('warn'), error: note('error') } })
  expect(await made.run('print')).toBe('PRINT')
  expect(entries).toEqual([
    ['info', 'printed by 0', { model: 'words', lane: 0, stream: 'stdout' }],
    ['warn', 'two', { model: 'words', lane: 0, stream: 'stderr' }],
    ['warn', 'lines', { model: 'words', lane: 0, stream: 'stderr' }],
    ['info', 'in parts', { model: 'words', lane: 0, stream: 'stdout' }],
  ])
})
