import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { model, type OnnxOptions, onnx, Tensor } from 'millrace/models'
import { describe, expect, it, onTestFinished } from 'vitest'
import { z } from 'zod'

const file = (name: string) => new URL(`./models/${name}.onnx`, import.meta.url)

/** A model of any items and any results. */
function make(options: OnnxOptions, batch: { maxSize?: number; maxDelayMs?: number; timeoutMs?: number } = {}) {
  const made = model({ name: 'tried', input: z.any(), output: z.any(), runtime: onnx(options), batch })
  onTestFinished(() => made.close())
  return made
}

const floats = (...values: number[]) => Float32Array.from(values)
const refused = (message: string) => ({ status: 422, code: 'wrong_input', message })

describe('items and results', () => {
  it('takes an object of inputs and gives one of outputs, each of its own shape', async () => {
    const add = make({ path: file('add'), outputs: ['sum', 'total', 'column'] })
    expect(await add.run({ a: floats(1, 2, 3), b: new Tensor(floats(10, 20, 30), [3]) })).toEqual({
      sum: floats(11, 22, 33),
      total: 66,
      column: new Tensor(floats(11, 22, 33), [3, 1]),
    })
    expect((await add.run({ a: floats(1), b: floats(2) })).column).toBeInstanceOf(Tensor)
  })

  it('takes and gives values alone where there is one input and one output', async () => {
    const lookup = make({ path: file('lookup') })
    expect(await lookup.run(BigInt64Array.of(2n, 0n))).toEqual(new Tensor(floats(20, 21, 0, 1), [2, 2]))
    const four = make({ path: file('four') })
    expect(await four.run({ x: floats(1, 2) })).toEqual(floats(2, 4))
  })

  it('gives NaN and infinity back as they come', async () => {
    const four = make({ path: file('four') })
    expect(await four.run(floats(Number.NaN, Number.POSITIVE_INFINITY))).toEqual(
      floats(Number.NaN, Number.POSITIVE_INFINITY),
    )
  })

  it('gives floats of 16 bits as floats of 32', async () => {
    const half = make({ path: file('half') })
    expect(await half.run(floats(0.5, -65504, 1 / 3))).toEqual({
      halves: floats(0.5, -65504, 0.333251953125),
      largest: 0.5,
    })
  })

  it('gives each caller memory of its own', async () => {
    const four = make({ path: file('four') })
    const [first, second] = await four.runMany([floats(1, 2), floats(3, 4)])
    expect([first.buffer.byteLength, second.buffer.byteLength]).toEqual([8, 8])
  })

  it('takes part of an array and leaves the rest alone', async () => {
    const four = make({ path: file('four') })
    const numbers = floats(0, 1, 2, 3)
    expect(await four.run(numbers.subarray(1, 3))).toEqual(floats(2, 4))
    expect(numbers).toEqual(floats(0, 1, 2, 3))
  })
})

describe('batches', () => {
  it('stacks items of one shape, and runs those of another apart', async () => {
    const add = make({ path: file('add'), outputs: ['total'] })
    const lengths = [1, 3, 1, 2, 3, 3, 1]
    const ones = (length: number) => new Float32Array(length).fill(1)
    expect(await add.runMany(lengths.map((length) => ({ a: ones(length), b: ones(length) })))).toEqual(
      lengths.map((length) => length * 2),
    )
    expect(await add.status()).toMatchObject({ batches: 1, done: 7 })
  })

  it('cuts batches for a model that takes one size only, and fills the last one up', async () => {
    const four = make({ path: file('four') })
    const items = Array.from({ length: 11 }, (_, index) => floats(index, -index))
    expect(await four.runMany(items)).toEqual(items.map((item) => item.map((value) => value * 2)))
    expect(await four.status()).toMatchObject({ batches: 1, done: 11 })
  })

  it('fails the item alone that does not fit, or that the model cannot do', async () => {
    const lookup = make({ path: file('lookup') })
    const settled = await Promise.allSettled([
      lookup.run(BigInt64Array.of(1n)),
      lookup.run(floats(1)),
      lookup.run(BigInt64Array.of(7n)),
      lookup.run(BigInt64Array.of(2n)),
    ])
    expect(settled).toMatchObject([
      { value: new Tensor(floats(10, 11), [1, 2]) },
      { reason: refused("The input 'ids' has to be of type int64, not float32") },
      {
        reason: { code: 'model_failed', message: expect.stringContaining('idx=7 must be within the inclusive range') },
      },
      { value: new Tensor(floats(20, 21), [1, 2]) },
    ])
    expect(await lookup.status()).toMatchObject({ queued: 0, running: 0, restarts: 0 })
  })

  it('does not take an output without the batch for results', async () => {
    const item = { a: floats(1), b: floats(1) }
    const wrong = make({ path: file('add') }, { maxSize: 8 })
    await expect(wrong.runMany([item, item])).rejects.toThrow(
      "The output 'largest' has 1 rows for a batch of 2: leave it out",
    )
    const warm = make({ path: file('add'), warmUp: [item, item] })
    await expect(warm.open()).rejects.toThrow("The output 'largest' has 1 rows for a batch of 2: leave it out")
  })

  it('runs them in several workers', async () => {
    const four = make({ path: file('four'), count: 2 }, { maxSize: 4 })
    const items = Array.from({ length: 40 }, (_, index) => floats(index, index))
    expect(await four.runMany(items)).toEqual(items.map((item) => item.map((value) => value * 2)))
    expect(await four.status()).toMatchObject({ lanes: 2, runtime: 'onnx', done: 40, batches: 10 })
  })
})

describe('a run that takes too long', () => {
  it('frees its caller, and the next item goes to a new worker', async () => {
    const count = make({ path: file('count') }, { timeoutMs: 150 })
    await expect(count.run(BigInt64Array.of(1_000_000n))).rejects.toMatchObject({ code: 'batch_timeout' })
    expect(await count.run(BigInt64Array.of(3n))).toBe(6n)
    expect(await count.status()).toMatchObject({ restarts: 1, queued: 0, running: 0 })
  })

  it('lets the process end by itself, after the run', async () => {
    const script = fileURLToPath(new URL('./support/givenUp.ts', import.meta.url))
    const child = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'ignore'] })
    const [said, [code]] = await Promise.all([text(child.stdout), once(child, 'close')])
    expect({ said, code }).toEqual({ said: 'batch_timeout 6\n', code: 0 })
  })
})

describe('items that do not fit', () => {
  it.each([
    ['too few numbers', floats(1), "The input 'x' has to be of shape [2], not 1 numbers"],
    ['another shape', new Tensor(floats(1, 2), [1, 2]), "The input 'x' has to be of shape [2], not [1, 2]"],
    ['another type', Float64Array.of(1, 2), "The input 'x' has to be of type float32, not float64"],
    ['no numbers', { x: [1, 2] }, "The input 'x' has to be a typed array or a Tensor"],
    ['a missing input', {}, "The input 'x' has to be a typed array or a Tensor"],
    ['an unknown input', { x: floats(1, 2), y: floats(1) }, "There is no input 'y': the model has 'x'"],
    ['no object', 'text', "An item has to be an object with 'x'"],
    ['null', null, "An item has to be an object with 'x'"],
  ])('%s', async (_, item, message) => {
    const four = make({ path: file('four') })
    await expect(four.run(item)).rejects.toMatchObject(refused(message))
    expect(await four.run(floats(1, 1))).toEqual(floats(2, 2))
  })

  it('an array alone for a model with several inputs', async () => {
    const add = make({ path: file('add') })
    await expect(add.run(floats(1))).rejects.toMatchObject(refused("An item has to be an object with 'a', 'b'"))
  })
})

describe('loading', () => {
  it('takes the bytes of a model', async () => {
    const four = make({ bytes: await readFile(file('four')), count: 2 })
    expect(await four.run(floats(1, 2))).toEqual(floats(2, 4))
  })

  it('says that the file is missing', async () => {
    const missing = make({ path: 'nowhere/model.onnx' })
    await expect(missing.open()).rejects.toMatchObject({
      name: 'ModelError',
      code: 'model_failed',
      message: expect.stringMatching(/^There is no ONNX model at .*nowhere\/model\.onnx$/),
    })
    expect(await missing.status()).toMatchObject({ state: 'unloaded', queued: 0, running: 0 })
  })

  it.each([
    ['garbage', async () => new TextEncoder().encode('no model')],
    ['half a file', async () => (await readFile(file('add'))).subarray(0, 100)],
    ['an empty file', async () => new Uint8Array()],
  ])('says that %s is no model', async (_, read) => {
    const corrupt = make({ bytes: await read() })
    await expect(corrupt.open()).rejects.toMatchObject({
      code: 'model_failed',
      message: expect.stringMatching(/The ONNX model in the bytes cannot be loaded: .* \(is the file whole/),
    })
  })

  it('says which outputs there are', async () => {
    const four = make({ path: file('four'), outputs: ['z'] })
    await expect(four.open()).rejects.toThrow("TypeError: The model has no output 'z', only y")
  })

  it('fails where the model cannot do what it is warmed up with', async () => {
    const lookup = make({ path: file('lookup'), warmUp: [BigInt64Array.of(9n)] })
    await expect(lookup.open()).rejects.toThrow(/The model failed to warm up: .*idx=9/)
  })

  it('passes session options on', async () => {
    const four = make({ path: file('four'), session: { executionProviders: ['nonexistent'] } })
    await expect(four.open()).rejects.toThrow(/The ONNX model at .*four\.onnx cannot be loaded: .*nonexistent/)
  })
})
