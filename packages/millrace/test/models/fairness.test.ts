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
  await expect(made.run('hopeless', { deadlineMs: 90 })).rejects.toMatchObject({
    status: 503,
    code: 'queue_full',
    // The batch that it would go with takes 100 ms.
    headers: { 'retry-after': '1', 'retry-after-ms': '10' },
  })
  await head
  vi.advanceTimersByTime(10_001)
  expect(await made.run('hopeless', { deadlineMs: 90 })).toBe('hopeless')
})

it.each([
  // Four go together, which takes 10 + 4 × 10 ms.
  { maxSize: 8, lanes: 1, waiting: 3, finishMs: 50 },
  // The eighth item is in the fourth batch of two, 30 ms each; the ninth in the fifth, and so in the third turn of two lanes.
  { maxSize: 2, lanes: 1, waiting: 6, finishMs: 120 },
  { maxSize: 2, lanes: 2, waiting: 6, finishMs: 90 },
])('expects $finishMs ms for one more of $waiting in batches of $maxSize on $lanes lanes', async (given) => {
  const { maxSize, lanes, waiting, finishMs } = given
  const gates: (() => void)[] = []
  const made = model({
    name: 'expected',
    input: z.string(),
    output: z.string(),
    adaptive: { targetMs: 1_000 },
    batch: { maxSize },
    runtime: inline<undefined, string, string>({
      run: async (_model, batch) => {
        if (batch[0] === 'hold') await new Promise<void>((resolve) => gates.push(resolve))
        else vi.advanceTimersByTime(10 + 10 * batch.length)
        return batch
      },
      concurrency: lanes,
    }),
  })
  onTestFinished(() => made.close())
  await made.open()
  for (const count of [1, 2, 1, 2, 1, 2]) await made.runMany(Array.from({ length: count }, () => 'learn'))
  const held = []
  for (let lane = 1; lane <= lanes; lane++) {
    held.push(made.run('hold'))
    await expect.poll(() => gates.length).toBe(lane)
  }
  const calls = Array.from({ length: waiting }, () => made.run('wait'))
  await expect.poll(async () => (await made.status()).queued).toBe(waiting)
  await expect(made.run('late', { deadlineMs: finishMs - 1 })).rejects.toMatchObject({
    code: 'queue_full',
    headers: { 'retry-after-ms': '1' },
  })
  calls.push(made.run('in time', { deadlineMs: finishMs }))
  await expect.poll(async () => (await made.status()).queued).toBe(waiting + 1)
  for (const open of gates) open()
  await Promise.allSettled([...held, ...calls])
  expect(await made.status()).toMatchObject({ queued: 0, running: 0, rejected: 1 })
})

it('drops what has expired before it forms a batch', async () => {
  const { made, batch } = gated({ batch: { maxSize: 2 } })
  await made.open()
  const head = made.run('head')
  await batch(0)
  const outcomes = Promise.allSettled([
    made.run('expired', { deadlineMs: 60_000 }),
    made.run('next', { deadlineMs: 60_001 }),
    made.run('last', { deadlineMs: 60_001 }),
  ])
  await expect.poll(async () => (await made.status()).queued).toBe(3)
  // By the clock alone: the timers of their deadlines do not run.
  vi.advanceTimersByTime(60_000)
  ;(await batch(0)).finish()
  expect((await batch(1)).items).toEqual(['next', 'last'])
  ;(await batch(1)).finish()
  expect(await outcomes).toMatchObject([
    { reason: { status: 504, code: 'deadline_passed', message: "The model 'gated' could not be done in time" } },
    { value: 'NEXT' },
    { value: 'LAST' },
  ])
  expect(await head).toBe('HEAD')
  expect(await made.status()).toMatchObject({ queued: 0, running: 0, done: 3, expired: 1 })
})

it.each([
  { lanes: 1, ms: [100, 2_900] },
  { lanes: 2, ms: [50, 1_450] },
])('tells when there should be room, by the rate of $lanes lanes', async ({ lanes, ms }) => {
  const gates: (() => void)[] = []
  const made = model({
    name: 'paced',
    input: z.string(),
    output: z.string(),
    queue: { maxSize: 30 },
    batch: { maxSize: 1 },
    runtime: inline<undefined, string, string>({
      run: async (_model, batch) => {
        if (batch[0] === 'hold') await new Promise<void>((resolve) => gates.push(resolve))
        else vi.advanceTimersByTime(100)
        return batch
      },
      concurrency: lanes,
    }),
  })
  onTestFinished(() => made.close())
  await made.open()
  for (let index = 0; index < 5; index++) await made.run('learn')
  const held = made.runMany(
    Array.from({ length: 30 }, () => 'hold'),
    { caller: 'a' },
  )
  await expect.poll(async () => (await made.status()).queued).toBe(30 - lanes)
  // An item takes 100 ms of a lane: that is for one place too many, or for 29.
  const headers = ms.map((each) => ({
    'retry-after': String(Math.ceil(each / 1_000)),
    'retry-after-ms': String(each),
  }))
  await expect(made.run('one', { caller: 'b' })).rejects.toMatchObject({ status: 503, headers: headers[0] })
  const many = Array.from({ length: 29 }, () => 'many')
  await expect(made.runMany(many, { caller: 'b' })).rejects.toMatchObject({ status: 503, headers: headers[1] })
  while ((await made.status()).running > 0) {
    gates.shift()?.()
    await new Promise((resolve) => setImmediate(resolve))
  }
  expect(await held).toHaveLength(30)
})

it('tells a caller when its own places should be free', async () => {
  const { made, batch } = gated({ queue: { maxPerCaller: 1 } })
  await made.open()
  const first = made.run('first', { caller: 'a' })
  await batch(0)
  vi.advanceTimersByTime(2_500)
  ;(await batch(0)).finish()
  await first
  const held = made.run('held', { caller: 'a' })
  await expect(made.run('over', { caller: 'a' })).rejects.toMatchObject({
    status: 429,
    code: 'caller_limit',
    message: "No more than 1 calls of one caller may wait for the model 'gated'",
    headers: { 'retry-after': '3', 'retry-after-ms': '2500' },
  })
  ;(await batch(1)).finish()
  expect(await held).toBe('HELD')
})

it('runs one timer for a batch that waits for others, from its oldest item', async () => {
  vi.useFakeTimers({ toFake: ['performance', 'setTimeout', 'clearTimeout'] })
  const { made, batches } = gated({
    batch: { maxDelayMs: 100, timeoutMs: Number.POSITIVE_INFINITY },
    queue: { deadlineMs: Number.POSITIVE_INFINITY },
  })
  const turn = () => new Promise((resolve) => setImmediate(resolve))
  await made.open()
  const timers = vi.getTimerCount()
  const calls = [made.run('oldest', { caller: 'a' })]
  await turn()
  vi.advanceTimersByTime(60)
  calls.push(made.run('second', { caller: 'b' }))
  await turn()
  vi.advanceTimersByTime(39)
  calls.push(made.run('third', { caller: 'c', priority: -1 }))
  await turn()
  expect([batches.length, vi.getTimerCount() - timers]).toEqual([0, 1])
  vi.advanceTimersByTime(1)
  await turn()
  expect(batches.map(({ items }) => items)).toEqual([['oldest', 'second', 'third']])
  expect(vi.getTimerCount() - timers).toBe(0)
  batches[0]?.finish()
  expect(await Promise.all(calls)).toEqual(['OLDEST', 'SECOND', 'THIRD'])
})

it('counts the delay of a batch also while no lane was free', async () => {
  const { made, batch } = gated({ batch: { maxDelayMs: 100, maxSize: 2 } })
  await made.open()
  const head = [made.run('a'), made.run('b')]
  await batch(0)
  const waited = made.run('waited')
  await expect.poll(async () => (await made.status()).queued).toBe(1)
  vi.advanceTimersByTime(100)
  ;(await batch(0)).finish()
  // It goes at once: no timer runs here.
  expect((await batch(1)).items).toEqual(['waited'])
  ;(await batch(1)).finish()
  expect(await Promise.all([...head, waited])).toEqual(['A', 'B', 'WAITED'])
})
