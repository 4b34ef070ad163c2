import { inline, type ModelOptions, model, Tensor } from 'millrace/models'
import { expect, it, onTestFinished } from 'vitest'
import { z } from 'zod'

function make(cache: NonNullable<ModelOptions<z.ZodString, z.ZodString>['cache']>) {
  const ran: string[] = []
  const made = model({
    name: 'cached',
    input: z.string(),
    output: z.string(),
    cache,
    runtime: inline<undefined, string, string>({
      run: async (_model, batch, { signal }) => {
        ran.push(...batch)
        if (batch.includes('wait'))
          await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()))
        return batch.map((word) => (word === 'fail' ? new Error('failed') : word.toUpperCase())) as string[]
      },
    }),
  })
  onTestFinished(() => made.close())
  return { made, ran }
}

it('runs an item once for all who ask at the same time, and keeps its result', async () => {
  const { made, ran } = make({ maxItems: 2 })
  expect(await made.runMany(['a', 'a', 'b'])).toEqual(['A', 'A', 'B'])
  expect(await made.run('a')).toBe('A')
  expect([ran, made.status().cacheHits]).toEqual([['a', 'b'], 2])
  await made.run('c')
  // 'b' was used least recently, so it had to go.
  await made.run('b')
  expect(ran).toEqual(['a', 'b', 'c', 'b'])
})

it('tells items apart by the key that it is given', async () => {
  const { made, ran } = make({ maxItems: 2, key: (word) => word.toLowerCase() })
  expect([await made.run('Mill'), await made.run('MILL')]).toEqual(['MILL', 'MILL'])
  expect(ran).toEqual(['Mill'])
})

it('keeps no failure', async () => {
  const { made, ran } = make({ maxItems: 2 })
  await expect(made.run('fail')).rejects.toThrow('failed')
  await expect(made.run('fail')).rejects.toThrow('failed')
  expect(ran).toEqual(['fail', 'fail'])
})

it('goes on while anyone waits, and gives up with the last', async () => {
  const { made } = make({ maxItems: 2 })
  const first = new AbortController()
  const second = new AbortController()
  const one = made.run('wait', { signal: first.signal })
  const two = made.run('wait', { signal: second.signal })
  await expect.poll(() => made.status().running).toBe(1)
  first.abort(new Error('first has gone'))
  await expect(one).rejects.toThrow('first has gone')
  expect(made.status().running).toBe(1)
  second.abort(new Error('second has gone'))
  await expect(two).rejects.toThrow('second has gone')
  await expect.poll(() => made.status().running).toBe(0)
  expect(await made.run('next')).toBe('NEXT')
})

it('tells items apart that JSON writes alike', async () => {
  let runs = 0
  const made = model({
    name: 'any',
    input: z.any(),
    output: z.number(),
    cache: { maxItems: 100 },
    runtime: inline<undefined, unknown, number>({ run: (_model, batch) => batch.map(() => runs++) }),
  })
  onTestFinished(() => made.close())
  const items = [
    new Map([['a', 1]]),
    new Map([['a', 2]]),
    new Set([1]),
    {},
    new Uint8Array([1]).buffer,
    new Uint8Array([2]).buffer,
    new Float32Array([0]),
    new Int32Array([0]),
    new Tensor(new Float32Array(4), [2, 2]),
    new Tensor(new Float32Array(4), [4, 1]),
    Number.NaN,
    Number.POSITIVE_INFINITY,
    null,
    undefined,
    1n,
    1,
    -0,
    0,
    '1',
    [undefined],
    [null],
    { a: undefined },
    new Date(0),
    new Date(0).toISOString(),
  ]
  const first: number[] = []
  for (const item of items) first.push(await made.run(item))
  expect(first).toEqual(items.map((_, index) => index))
  for (const [index, item] of items.entries()) expect(await made.run(structuredCloneOf(item))).toBe(index)
  await expect(made.run(new URL('http://localhost'))).rejects.toThrow("of the kind 'URL'")
})

/** The same value, but another object. */
function structuredCloneOf(item: unknown): unknown {
  return item instanceof Tensor ? new Tensor(item.data.slice(), item.shape) : structuredClone(item)
}
