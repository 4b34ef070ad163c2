import { inline, model } from 'millrace/models'
import { afterEach, beforeEach, expect, it, onTestFinished, vi } from 'vitest'
import { z } from 'zod'
import { gated } from '../support/gatedModel.ts'

// The clock that waiting is measured with stands still, unless a test moves it.
beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }))
afterEach(() => void vi.useRealTimers())

it('lets a greedy caller starve nobody, however long its items have waited', async () => {
  const { made, batch } = gated({ batch: { maxSize: 1 } })
  await made.open()
  const greedy = Array.from({ length: 50 }, (_, index) => made.run(`greedy ${index}`, { caller: 'greedy' }))
  await batch(0)
  vi.advanceTimersByTime(5_000)
  const modest = [made.run('modest 0', { caller: 'modest' }), made.run('modest 1', { caller: 'modest' })]
  const order: string[] = []
  for (let index = 0; index < 52; index++) {
    order.push(...(await batch(index)).items)
    ;(await batch(index)).finish()
  }
  await Promise.all([...greedy, ...modest])
  expect(order.slice(0, 6)).toEqual(['greedy 0', 'greedy 1', 'modest 0', 'greedy 2', 'modest 1', 'greedy 3'])
})

it('serves low priorities at last, a step sooner for each second that they are passed over', async () => {
  const { made, batch } = gated({ batch: { maxSize: 1 } })
  await made.open()
  const calls = [made.run('first')]
  await batch(0)
  calls.push(made.run('low', { priority: -2 }))
  for (let index = 0; index < 6; index++) calls.push(made.run(`high ${index}`, { priority: 0 }))
  const order: string[] = []
  for (let index = 0; index < 8; index++) {
    order.push(...(await batch(index)).items)
    vi.advanceTimersByTime(900)
    ;(await batch(index)).finish()
  }
  await Promise.all(calls)
  // Passed over for 3.6 s it counts three steps more, and is above those that are served all the time.
  expect(order).toEqual(['first', 'high 0', 'high 1', 'high 2', 'low', 'high 3', 'high 4', 'high 5'])
})

it('keeps batches as small as their time is to be, by the times it has learned', async () => {
  const sizes: number[] = []
  const made = model({
    name: 'adaptive',
    input: z.number(),
    output: z.number(),
    adaptive: { targetMs: 47 },
    batch: { maxSize: 8 },
    runtime: inline<undefined, number, number>({
      run: (_model, batch) => {
        sizes.push(batch.length)
        vi.advanceTimersByTime(5 + 10 * batch.length)
        return batch
      },
    }),
  })
  onTestFinished(() => made.close())
  await made.open()
  const numbers = (count: number) => Array.from({ length: count }, (_, index) => index)
  for (const count of [1, 2, 3, 8, 8]) await made.runMany(numbers(count))
  expect(await made.runMany(numbers(8))).toEqual(numbers(8))
  // 5 + 4 × 10 ms are within 47 ms, 5 + 5 × 10 ms are not.
  expect(sizes).toEqual([1, 2, 3, 8, 8, 4, 4])
})

/** A model whose every batch takes 100 ms by the clock, which it has learned. */
async function steady(adaptive?: { targetMs: number }) {
  const batches: string[][] = []
  const made = model({
    name: 'steady',
    input: z.string(),
    output: z.string(),
    ...(adaptive ? { adaptive } : {}),
    runtime: inline<undefined, string, string>({
      run: (_model, batch) => {
        batches.push(batch)
        vi.advanceTimersByTime(100)
        return batch
      },
    }),
  })
  onTestFinished(() => made.close())
  await made.open()
  for (let index = 0; index < 5; index++) await made.run('learn')
  return { made, batches: () => batches.slice(5) }
}

it('lets what would be late make way for what would not', async () => {
  const { made, batches } = await steady()
  const [late, inTime] = await Promise.allSettled([made.run('late', { deadlineMs: 90 }), made.run('in time')])
  expect([late, inTime]).toMatchObject([
    { reason: { status: 504, code: 'deadline_passed', message: "The model 'steady' could not be done in time" } },
    { value: 'in time' },
  ])
  // Alone it is tried: that is how the model would learn that it has become faster.
  expect(await made.run('alone', { deadlineMs: 90 })).toBe('alone')
  expect(batches()).toEqual([['in time'], ['alone']])
  expect(await made.status()).toMatchObject({ queued: 0, running: 0, expired: 1 })
})

it('refuses by what it has learned for a while, and then tries again', async () => {
  const { made } = await steady({ targetMs: 1_000 })
  const head = made.run('head')
  await expect(made.run('hopeless', { deadlineMs: 90 })).rejects.toMatchObject({ status: 503, code: 'queue_full' })
  await head
  vi.advanceTimersByTime(10_001)
  expect(await made.run('hopeless', { deadlineMs: 90 })).toBe('hopeless')
})
