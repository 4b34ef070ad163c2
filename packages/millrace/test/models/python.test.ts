import { type ChildProcess, fork, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import type { Logger } from 'millrace'
import { type ModelOptions, model, type PythonOptions, python, Tensor } from 'millrace/models'
import { describe, expect, it, onTestFinished } from 'vitest'
import { z } from 'zod'

const hasPython = spawnSync('python3', ['--version']).status === 0
const file = (name: string) => new URL(`../fixtures/models/${name}.py`, import.meta.url)

function make(
  options: Partial<ModelOptions<z.ZodAny, z.ZodAny>> = {},
  pythonOptions: PythonOptions = {},
  name = 'words',
) {
  const lines: string[] = []
  const note = (message: string) => void lines.push(message)
  const log: Logger = { debug: note, info: note, warn: note, error: note }
  const made = model({
    name,
    input: z.any(),
    output: z.any(),
    runtime: python(file(name), pythonOptions),
    log,
    ...options,
  })
  onTestFinished(() => made.close())
  return { made, lines }
}

const runner = fileURLToPath(new URL('../../python/runner.py', import.meta.url))

/** Of a process that is gone, or has ended and not yet been collected. */
const gone = /^(Z.*)?$/

function stateOf(pid: string | undefined): string {
  return spawnSync('ps', ['-o', 'stat=', '-p', String(pid)])
    .stdout.toString()
    .trim()
}

/** The first number that a process prints. */
async function pidToldBy(app: ChildProcess): Promise<string | undefined> {
  for await (const line of createInterface({ input: app.stdout as NodeJS.ReadableStream })) {
    const found = /\d+/.exec(line)
    if (found) return found[0]
  }
  return undefined
}

describe.skipIf(!hasPython)('a model in Python (skipped where there is no python3)', () => {
  it('runs in a process, batched, and routes what it prints to the log', async () => {
    const { made, lines } = make()
    expect(await made.runMany(['a', 'b', 'c'])).toEqual(['A', 'B', 'C'])
    expect(await made.status()).toMatchObject({ state: 'ready', runtime: 'python', batches: 1, done: 3 })
    expect(lines).toContain('loading')
  })

  it('sends tensors both ways as raw bytes', async () => {
    const { made } = make()
    const floats = new Float32Array([1.5, 2.5, 3])
    expect(await made.run(floats)).toMatchObject({ sum: 7, back: floats })
    expect(await made.run('floats')).toEqual(new Float32Array([1.5, 2.5]))
    const big = new BigInt64Array([2n ** 60n, 1n])
    expect((await made.run(big)).back).toEqual(big)
    expect(await made.run('nan')).toBeNull()
  })

  it("keeps a caller's own keys apart from the mark of a tensor", async () => {
    const { made } = make()
    const spec = { dtype: 'uint8', shape: [4], offset: 0, length: 4 }
    const items = [
      { secret: new Uint8Array([1, 2, 3, 4]) },
      { $tensor: spec },
      { $tensor: 1, $$tensor: 2, tensor: 3, $: 4 },
      { inner: [{ $tensor: spec }] },
    ]
    expect(await made.runMany(items)).toEqual(items)
    expect((await made.status()).batches).toBe(1)
  })

  it('sends bytes and dates in items, and refuses alone what has no form', async () => {
    const { made } = make()
    const deep = Array.from({ length: 5_000 }).reduce<unknown>((inner) => ({ inner }), 1)
    const items = [
      { bytes: Buffer.from([7, 8]), at: new Date(0) },
      { map: new Map([[1, 2]]) },
      { big: 2n ** 60n },
      { deep },
      { plain: true, floats: new Float32Array([1.5]) },
    ]
    const outcomes = await Promise.allSettled(items.map((item) => made.run(item)))
    expect(outcomes).toMatchObject([
      { value: { bytes: new Uint8Array([7, 8]), at: '1970-01-01T00:00:00.000Z' } },
      { reason: { code: 'model_failed', message: /^A Map cannot be sent to a model/ } },
      { reason: { code: 'model_failed', message: 'A bigint cannot be sent to a model' } },
      { reason: { code: 'model_failed', message: 'A value of more than 200 levels cannot be sent to a model' } },
      { value: { plain: true, floats: new Float32Array([1.5]) } },
    ])
    expect(await made.status()).toMatchObject({ batches: 1, restarts: 0, queued: 0, running: 0 })
  })

  it('fails a result that cannot be sent alone', async () => {
    const { made } = make()
    const words = ['decimal', 'floats', 'huge', 'long', 'cancelled', 'good']
    const outcomes = await Promise.allSettled(words.map((word) => made.run(word)))
    expect(outcomes).toMatchObject([
      { reason: { code: 'model_failed', message: /^TypeError: a result of type Decimal cannot be sent/ } },
      { value: new Float32Array([1.5, 2.5]) },
      { reason: { message: /^OverflowError: the integer 1152921504606846977 cannot be sent exactly/ } },
      { value: new BigInt64Array([2n ** 40n, 1n]) },
      { reason: { message: 'CancelledError: cancelled' } },
      { value: 'GOOD' },
    ])
    expect((await made.status()).batches).toBe(1)
  })

  it('keeps to itself the errors of what it has asked, whatever their status', async () => {
    const { made } = make()
    await expect(made.run('refused')).rejects.toMatchObject({
      name: 'ModelError',
      code: 'model_failed',
      message: 'Refused: the key secret-1 is not valid',
    })
  })

  it('survives a batch that is cancelled in Python', async () => {
    const { made } = make()
    await expect(made.run('cancel')).rejects.toMatchObject({
      code: 'model_failed',
      message: 'CancelledError: cancelled',
    })
    expect(await made.run('next')).toBe('NEXT')
    expect((await made.status()).restarts).toBe(0)
  })

  it('lets garbage on standard output go to the log and not into the protocol', async () => {
    const { made, lines } = make()
    expect(await made.run('garbage')).toBe('GARBAGE')
    expect(await made.run('next')).toBe('NEXT')
    expect(lines.some((line) => line.includes('garbage'))).toBe(true)
  })

  it('fails one item alone, a batch that throws, one with too few results, and one that cannot be sent', async () => {
    const { made } = make()
    const [good, bad] = await Promise.allSettled([made.run('good'), made.run('fail')])
    expect([good, bad]).toMatchObject([{ value: 'GOOD' }, { reason: { status: 422, code: 'bad_word' } }])
    await expect(made.run('throw')).rejects.toMatchObject({
      code: 'model_failed',
      message: 'ValueError: the model threw',
    })
    await expect(made.runMany(['short', 'x'])).rejects.toMatchObject({ code: 'wrong_result_count' })
    await expect(made.run('object')).rejects.toThrow('TypeError: a result of type object cannot be sent')
    expect(await made.run('next')).toBe('NEXT')
  })

  it('takes results in a list, a tuple or a generator, and nothing that has no order or is one', async () => {
    const { made } = make({ batch: { maxSize: 1 } }, {}, 'shapes')
    expect(await Promise.all([made.run('tuple'), made.run('generator')])).toEqual(['of a tuple', 'of a generator'])
    for (const [word, type] of [
      ['dict', 'dict'],
      ['text', 'str'],
      ['set', 'set'],
      ['none', 'NoneType'],
      ['number', 'int'],
    ])
      await expect(made.run(word)).rejects.toMatchObject({
        code: 'model_failed',
        message: `TypeError: \`run\` has to return a list with one result for each item, not a value of type ${type}`,
      })
  })

  it('gives arrays of truth values as bytes, which are as large as they are there', async () => {
    const { made } = make({ batch: { maxSize: 1 } }, {}, 'shapes')
    expect(await made.run('masks')).toEqual([new Uint8Array([1, 0]), new Tensor(new Uint8Array([0, 1, 1, 0]), [2, 2])])
  })

  it('runs all that is async in one event loop, so that what was opened there can be used', async () => {
    const { made } = make({}, {}, 'shapes')
    expect(await made.run('loop')).toBe('opened with the model')
    expect(await made.run('loop')).toBe('opened with the model')
    const pieces: unknown[] = []
    for await (const piece of made.stream('loop')) pieces.push(piece)
    expect(pieces).toEqual(['opened with the model'])
  })

  it('survives an error that cannot tell its message', async () => {
    const { made } = make({}, {}, 'shapes')
    await expect(made.run('untold')).rejects.toMatchObject({
      code: 'model_failed',
      message: 'Untold: its message cannot be told: RuntimeError',
    })
    expect(await made.run('tuple')).toBe('of a tuple')
    expect((await made.status()).restarts).toBe(0)
  })

  it('sends numbers and texts exactly, or not at all', async () => {
    const { made } = make({ batch: { maxSize: 1 } }, {}, 'shapes')
    const kept = [2 ** 53 - 1, 0.1, 1e21, -1.5, 'Wäs\u{1f33e}\u0000', '\ud800', true, null]
    const told = await Promise.all(kept.map((value) => made.run({ value })))
    expect(told).toEqual([
      ['int', '9007199254740991'],
      ['float', '0.1'],
      ['float', '1e+21'],
      ['float', '-1.5'],
      ['str', "'Wäs\u{1f33e}\\x00'"],
      ['str', "'\\ud800'"],
      ['bool', 'True'],
      ['NoneType', 'None'],
    ])
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, [1, Number.NaN], { inner: [-Number.MAX_VALUE * 2] }])
      await expect(made.run({ value })).rejects.toMatchObject({
        code: 'model_failed',
        message: /^The number (NaN|-?Infinity) cannot be sent to a model, unless in a typed array$/,
      })
  })

  it('says at once why a model was not loaded, whatever threads it has started', async () => {
    const { made } = make({}, { loadTimeoutMs: 20_000 }, 'threaded')
    await expect(made.run('a')).rejects.toMatchObject({
      message: "The model 'threaded' could not be loaded: ValueError: the weights cannot be read",
    })
    expect(await made.status()).toMatchObject({ state: 'unloaded', queued: 0, running: 0 })
  })

  it('says that too many files are open, and is loaded once they are not', async () => {
    const program = fileURLToPath(new URL('../fixtures/models/withoutFiles.ts', import.meta.url))
    const limited = [
      '-c',
      'ulimit -n 256 && exec "$@"',
      'sh',
      process.execPath,
      '--conditions=millrace-source',
      program,
    ]
    const child = spawn('sh', limited, { stdio: ['ignore', 'pipe', 'inherit'] })
    const [output] = await Promise.all([child.stdout.toArray(), once(child, 'exit')])
    expect(JSON.parse(String(output.join('')))).toEqual([
      "The model 'hosted' could not be loaded: A Python process cannot be started: too many files are open (ulimit -n)",
      'A',
    ])
  })

  it('brings back a process killed with SIGKILL in the middle of a batch', async () => {
    const { made } = make({ batch: { maxSize: 1 } })
    await made.open()
    const dying = made.run('die')
    const waiting = made.run('waiting')
    await expect(dying).rejects.toMatchObject({
      status: 503,
      code: 'worker_lost',
      cause: { message: expect.stringContaining('was ended by SIGKILL') },
    })
    expect(await waiting).toBe('WAITING')
    expect(await made.status()).toMatchObject({ restarts: 1, queued: 0, running: 0 })
  })

  it('frees the caller of a model that never returns, and starts the process anew', async () => {
    const { made } = make({ batch: { timeoutMs: 300 } })
    await made.open()
    await expect(made.run('hang', { deadlineMs: 50 })).rejects.toMatchObject({ status: 504 })
    expect(await made.run('next')).toBe('NEXT')
  })

  it('streams generators, takes errors over, and ends them when the reader leaves', async () => {
    const { made, lines } = make()
    const letters: string[] = []
    for await (const letter of made.stream('forty letters or so, more than the window')) letters.push(letter)
    expect(letters.join('')).toBe('FORTY LETTERS OR SO, MORE THAN THE WINDOW')
    await expect(async () => {
      for await (const _letter of made.stream('ab!'));
    }).rejects.toThrow('ValueError: the stream threw')
    const long = 'left'.repeat(1000)
    for await (const _letter of made.stream(long)) break
    await expect.poll(() => lines.some((line) => line === `stream of ${long} over`)).toBe(true)
    expect(await made.run('next')).toBe('NEXT')
  })

  it('says what is missing', async () => {
    const noModule = make({}, {}, 'broken').made
    await expect(noModule.run('a')).rejects.toThrow("ModuleNotFoundError: No module named 'module_that_is_not_there'")
    const noFile = make({}, {}, 'missing').made
    await expect(noFile.run('a')).rejects.toThrow(/FileNotFoundError/)
    const noPython = make({}, { interpreter: '/nowhere/python' }).made
    await expect(noPython.run('a')).rejects.toThrow("Python was not found at '/nowhere/python'")
    const noFolder = make({}, { cwd: '/nowhere' }).made
    await expect(noFolder.run('a')).rejects.toThrow("There is no folder '/nowhere', which python(file, { cwd }) names")
  })

  it('says what a process that ends at import has said', async () => {
    const { made } = make({}, {}, 'exiting')
    await expect(made.run('a')).rejects.toMatchObject({
      code: 'model_failed',
      message:
        "The model 'exiting' could not be loaded: The Python process of the model ended with code 5:\nthe driver is too old",
    })
    expect(await made.status()).toMatchObject({ state: 'unloaded', queued: 0, running: 0 })
  })

  it('brings back a process whose child keeps its output open', async () => {
    const { made } = make({ batch: { maxSize: 1 } })
    await made.open()
    await expect(made.run('orphan')).rejects.toMatchObject({ code: 'worker_lost' })
    expect(await made.run('next')).toBe('NEXT')
  })

  it('brings back a process whose child has left its group, and closes', async () => {
    const { made } = make({ batch: { maxSize: 1 } })
    await made.open()
    await expect(made.run('daemon')).rejects.toMatchObject({ code: 'worker_lost' })
    expect(await made.run('next')).toBe('NEXT')
  })

  it('ends what a process has started with it', async () => {
    const { made, lines } = make({}, { killOnAbort: true })
    await made.open()
    const controller = new AbortController()
    const left = made.run('parent', { signal: controller.signal })
    const child = () => lines.find((line) => line.startsWith('child '))?.slice('child '.length)
    await expect.poll(child).toBeDefined()
    controller.abort(new Error('gone'))
    await expect(left).rejects.toThrow('gone')
    await expect.poll(() => stateOf(child())).toMatch(gone)
  })

  it.each([
    ['is loading', 'hanging', ''],
    ['runs', 'words', 'parent'],
  ])('ends with the app, however that ended, while it %s', async (_when, file, word) => {
    const app = fork(fileURLToPath(new URL('../fixtures/models/pythonHost.ts', import.meta.url)), [file, word], {
      execArgv: ['--conditions=millrace-source'],
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    })
    onTestFinished(() => void app.kill('SIGKILL'))
    const pid = await pidToldBy(app)
    expect(stateOf(pid)).not.toMatch(gone)
    app.kill('SIGKILL')
    await expect.poll(() => stateOf(pid), { timeout: 5_000 }).toMatch(gone)
  })

  it('ends when the app ended in the middle of what it said', async () => {
    const stdio = ['ignore', 'ignore', 'inherit', 'pipe', 'pipe'] as const
    const process = spawn('python3', [runner, fileURLToPath(file('words'))], { stdio: [...stdio] })
    onTestFinished(() => void process.kill('SIGKILL'))
    const [, , , input, frames] = process.stdio
    await once(frames as NodeJS.ReadableStream, 'data')
    // A frame with a header of 100 bytes, of which two come.
    ;(input as Writable).end(Buffer.from([100, 0, 0, 0, 0, 0, 0, 0, 0x7b, 0x22]))
    expect(await once(process, 'exit')).toEqual([0, null])
  })

  it('runs batches after a stream that was left', async () => {
    const { made } = make()
    await made.open()
    for await (const _letter of made.stream('left'.repeat(100))) break
    expect(await made.runMany(['a', 'b'])).toEqual(['A', 'B'])
    expect(await made.status()).toMatchObject({ queued: 0, running: 0, restarts: 0 })
  })

  it('gives up on a model that hangs while it loads', async () => {
    const { made } = make({}, { loadTimeoutMs: 300 }, 'hanging')
    await expect(made.run('a')).rejects.toThrow('The model was not loaded within 300 ms')
    expect(await made.status()).toMatchObject({ state: 'unloaded', queued: 0, running: 0 })
  })
})

it('holds a tensor to its shape', () => {
  expect(() => new Tensor(new Float32Array(5), [2, 3])).toThrow('A tensor of shape 2 × 3 has 6 elements, not 5')
})
