import { inline, type ModelOptions, model } from 'millrace/models'
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
