import { existsSync } from 'node:fs'
import { silentLogger } from 'millrace'
import { model, python, Tensor } from 'millrace/models'
import { afterAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { venv } from '../models.ts'

const arrays = model({
  name: 'arrays',
  input: z.any(),
  output: z.any(),
  runtime: python(new URL('./arrays.py', import.meta.url), { venv }),
  log: silentLogger,
})
afterAll(() => arrays.close())

describe.skipIf(!existsSync(venv))('NumPy arrays (skipped where `npm run setup` has not been run)', () => {
  it.each([
    ['strided', new Tensor(new Float32Array([0, 2, 4, 6, 8, 10]), [3, 2])],
    ['transposed', new Tensor(new Int32Array([0, 3, 1, 4, 2, 5]), [3, 2])],
    ['scalar', 2.5],
    ['empty', new Tensor(new Float32Array(0), [0, 3])],
    ['empty row', new BigInt64Array(0)],
    ['bool', new Tensor(new Uint8Array([1, 0]), [1, 2])],
    ['half', new Float32Array([0.5, 65504])],
    ['big endian', new BigInt64Array([1n, 2n ** 40n])],
    ['int64', new BigInt64Array([2n ** 62n + 1n, -1n])],
    ['uint64', new BigUint64Array([2n ** 64n - 1n])],
    ['labels', { labels: ['cat', 'dog'] }],
    ['objects', [{ a: 1 }, null]],
    ['numbers', [0.5, 7, true]],
    ['nan', new Float64Array([Number.NaN, Number.POSITIVE_INFINITY])],
  ])('come as they are: %s', async (name, expected) => {
    expect(await arrays.run(name)).toEqual(expected)
  })

  it.each([
    ['complex', 'TypeError: a tensor of dtype complex128 cannot be sent'],
    [
      'wide scalar',
      'OverflowError: the integer 1152921504606846976 cannot be sent exactly: return a string, a float or a tensor',
    ],
  ])('are refused rather than changed: %s', async (name, message) => {
    await expect(arrays.run(name)).rejects.toMatchObject({ code: 'model_failed', message })
  })

  it.each([
    ['float32', new Tensor(new Float32Array([1, Number.NaN, 3, 4]), [2, 2])],
    ['uint8', new Tensor(new Uint8Array(0), [0, 28, 28])],
    ['int16', new Tensor(new Int16Array([-3]), [1, 1, 1])],
    ['uint64', new Tensor(new BigUint64Array([2n ** 64n - 1n, 0n]), [2, 1])],
    ['float64', new Tensor(new Float64Array(1_000_000).fill(0.1), [1_000, 1_000])],
  ])('go there and back whole: %s', async (type, tensor) => {
    expect(await arrays.run(tensor)).toEqual([type, [...tensor.shape], tensor])
  })

  it('go there and back from the middle of a larger one, whatever its place', async () => {
    const bytes = new Uint8Array([0, 1, 2, 3, 4]).subarray(1, 4)
    const floats = new Float64Array([0, 1, 2, 3]).subarray(1)
    expect(await arrays.runMany([bytes, floats])).toEqual([
      ['uint8', [3], new Uint8Array([1, 2, 3])],
      ['float64', [3], new Float64Array([1, 2, 3])],
    ])
  })
})
