import { silentLogger } from 'millrace'
import { inline, model, QueueFullError } from 'millrace/models'
import { expect, it, onTestFinished } from 'vitest'
import { z } from 'zod'
import { gated } from '../support/gatedModel.ts'

it('takes what is queued when a lane gets free, and no more than maxSize', async () => {
  const { made, batches, batch } = gated({ batch: { maxSize: 3 } })
  const first = made.run('a')
  const head = await batch(0)
  expect(head.items).toEqual(['a'])
  const rest = ['b', 'c', 'd', 'e'].map((word) => made.run(word))
  // One more turn of the loop: all four wait, because the lane is busy.
  await new Promise((resolve) => setImmediate(resolve))
  expect([batches.length, (await made.status()).queued, (await made.status()).running]).toEqual([1, 4, 1])
  head.finish()
  expect(await first).toBe('A')
  expect((await batch(1)).items).toEqual(['b', 'c', 'd'])
  ;(await batch(1)).finish()
  expect((await batch(2)).items).toEqual(['e'])
  ;(await batch(2)).finish()
  expect(await Promise.all(rest)).toEqual(['B', 'C', 'D', 'E'])
  expect(await made.status()).toMatchObject({ queued: 0, running: 0, batches: 3, done: 5, meanBatchSize: 5 / 3 })
})

it('sends what is queued in one turn of the loop together', async () => {
  const { made, batch } = gated()
  await made.open()
  const results = Promise.all([made.run('a'), made.run('b'), made.run('c')])
  expect((await batch(0)).items).toEqual(['a', 'b', 'c'])
  ;(await batch(0)).finish()
  expect(await results).toEqual(['A', 'B', 'C'])
})

it('keeps as many batches in flight as there are lanes', async () => {
  const { made, batch } = gated({ batch: { maxSize: 1 } }, 2)
  await made.open()
  const results = Promise.all([made.run('a'), made.run('b'), made.run('c')])
  expect([(await batch(0)).items, (await batch(1)).items]).toEqual([['a'], ['b']])
  expect((await made.status()).queued).toBe(1)
  ;(await batch(1)).finish()
  expect((await batch(2)).items).toEqual(['c'])
  ;(await batch(0)).finish()
  ;(await batch(2)).finish()
  expect(await results).toEqual(['A', 'B', 'C'])
})

it('waits for others no longer than maxDelayMs, counted from the oldest', async () => {
  const { made, batch, batches } = gated({ batch: { maxSize: 2, maxDelayMs: 10_000 } })
  await made.open()
  const first = made.run('a')
  await new Promise((resolve) => setImmediate(resolve))
  expect(batches.length).toBe(0)
  const second = made.run('b')
  // Full: it goes at once.
  expect((await batch(0)).items).toEqual(['a', 'b'])
  ;(await batch(0)).finish()
  expect(await Promise.all([first, second])).toEqual(['A', 'B'])
})

it('sends a batch that is not full when the delay is over', async () => {
  const { made, batch } = gated({ batch: { maxSize: 2, maxDelayMs: 20 } })
  await made.open()
  const startedAt = performance.now()
  const result = made.run('a')
  expect((await batch(0)).items).toEqual(['a'])
  expect(performance.now() - startedAt).toBeGreaterThanOrEqual(19)
  ;(await batch(0)).finish()
  expect(await result).toBe('A')
})

it('keeps to a budget of cost, summed or padded', async () => {
  const cost = (item: string) => item.length
  const summed = gated({ batch: { cost, maxCost: 6 } })
  await summed.made.open()
  const sums = ['aaa', 'bb', 'c', 'd'].map((word) => summed.made.run(word))
  expect((await summed.batch(0)).items).toEqual(['aaa', 'bb', 'c'])
  ;(await summed.batch(0)).finish()
  expect((await summed.batch(1)).items).toEqual(['d'])
  ;(await summed.batch(1)).finish()
  await Promise.all(sums)

  const padded = gated({ batch: { cost, maxCost: 6, padded: true } })
  await padded.made.open()
  const pads = ['aaa', 'bb', 'c', 'd'].map((word) => padded.made.run(word))
  expect((await padded.batch(0)).items).toEqual(['aaa', 'bb'])
  ;(await padded.batch(0)).finish()
  expect((await padded.batch(1)).items).toEqual(['c', 'd'])
  ;(await padded.batch(1)).finish()
  await Promise.all(pads)
})

it('passes over no item that does not fit, so that a large one is not starved by small ones', async () => {
  const { made, batch } = gated({ batch: { cost: (item: string) => item.length, maxCost: 6 } })
  await made.open()
  const calls = ['aaa', 'large', 'b', 'c'].map((word) => made.run(word))
  expect((await batch(0)).items).toEqual(['aaa'])
  ;(await batch(0)).finish()
  expect((await batch(1)).items).toEqual(['large', 'b'])
  ;(await batch(1)).finish()
  expect((await batch(2)).items).toEqual(['c'])
  ;(await batch(2)).finish()
  expect(await Promise.all(calls)).toEqual(['AAA', 'LARGE', 'B', 'C'])
})

it('takes an item that has the whole budget for itself', async () => {
  const { made, batch } = gated({ batch: { cost: (item: string) => item.length, maxCost: 4, padded: true } })
  await made.open()
  const calls = ['whole', 'four', 'a'].map((word) => made.run(word).catch(({ code }) => code))
  expect((await batch(0)).items).toEqual(['four'])
  ;(await batch(0)).finish()
  expect((await batch(1)).items).toEqual(['a'])
  ;(await batch(1)).finish()
  expect(await Promise.all(calls)).toEqual(['item_too_large', 'FOUR', 'A'])
})

it('refuses an item that no batch could take', async () => {
  const { made } = gated({ batch: { cost: (item: string) => item.length, maxCost: 3 } })
  await expect(made.run('four')).rejects.toMatchObject({ status: 413, code: 'item_too_large' })
  expect(await made.status()).toMatchObject({ queued: 0, running: 0 })
})

it('lets higher priorities go first, and callers take turns', async () => {
  const { made, batch } = gated({ batch: { maxSize: 1 } })
  const head = made.run('head')
  await batch(0)
  const order: string[] = []
  const note = (word: string) => void order.push(word)
  const all = [
    made.run('greedy 1', { caller: 'greedy' }).then(note),
    made.run('greedy 2', { caller: 'greedy' }).then(note),
    made.run('greedy 3', { caller: 'greedy' }).then(note),
    made.run('modest', { caller: 'modest' }).then(note),
    made.run('urgent', { caller: 'greedy', priority: 5 }).then(note),
  ]
  for (let index = 0; index < 6; index++) (await batch(index)).finish()
  await Promise.all([head, ...all])
  expect(order).toEqual(['URGENT', 'MODEST', 'GREEDY 1', 'GREEDY 2', 'GREEDY 3'])
})

it('refuses with 503 when it is full, and with 429 when a caller has too much', async () => {
  const { made, batch } = gated({ queue: { maxSize: 3, maxPerCaller: 2 } })
  const held = [made.run('a', { caller: 'one' }), made.run('b', { caller: 'one' })]
  await batch(0)
  await expect(made.run('c', { caller: 'one' })).rejects.toMatchObject({ status: 429, code: 'caller_limit' })
  held.push(made.run('d', { caller: 'two' }))
  await new Promise((resolve) => setImmediate(resolve))
  await expect(made.run('e', { caller: 'three' })).rejects.toMatchObject({
    status: 503,
    code: 'queue_full',
    headers: { 'retry-after': '1', 'retry-after-ms': '1000' },
  })
  await expect(made.runMany(['e', 'f'], { caller: 'three' })).rejects.toMatchObject({ code: 'queue_full' })
  // More than one caller may ever have.
  await expect(made.runMany(['e', 'f', 'g'], { caller: 'three' })).rejects.toMatchObject({
    status: 413,
    code: 'too_many_items',
    headers: undefined,
  })
  expect(await made.status()).toMatchObject({ received: 10, rejected: 7 })
  for (let index = 0; (await made.status()).queued + (await made.status()).running > 0; index++) {
    ;(await batch(index)).finish()
    await Promise.race(held)
    await new Promise((resolve) => setImmediate(resolve))
  }
  expect(await Promise.all(held)).toEqual(['A', 'B', 'D'])
})

it('never runs what was given up while it waited', async () => {
  const { made, batch } = gated()
  const head = made.run('head')
  await batch(0)
  const controller = new AbortController()
  const left = made.run('left', { signal: controller.signal })
  const kept = made.run('kept')
  await new Promise((resolve) => setImmediate(resolve))
  controller.abort(new Error('gone'))
  await expect(left).rejects.toThrow('gone')
  expect(await made.status()).toMatchObject({ queued: 1, running: 1, cancelled: 1 })
  ;(await batch(0)).finish()
  expect((await batch(1)).items).toEqual(['kept'])
  ;(await batch(1)).finish()
  expect(await Promise.all([head, kept])).toEqual(['HEAD', 'KEPT'])
})

it('frees a caller whose deadline passes, waiting or running, and its slot', async () => {
  const { made, batch } = gated()
  const running = made.run('running', { deadlineMs: 30 })
  await batch(0)
  const waiting = made.run('waiting', { deadlineMs: 30 })
  const late = { status: 'rejected', reason: { status: 504, code: 'deadline_passed' } }
  expect(await Promise.allSettled([running, waiting])).toMatchObject([late, late])
  expect(await made.status()).toMatchObject({ queued: 0, running: 0, expired: 2 })
})

it('fails a batch with its error, and goes on', async () => {
  const { made, batch } = gated()
  await made.open()
  const failed = Promise.allSettled([made.run('a'), made.run('b')])
  ;(await batch(0)).fail(new Error('broken'))
  expect((await failed).map((one) => one.status === 'rejected' && (one.reason as Error).message)).toEqual([
    'broken',
    'broken',
  ])
  const next = made.run('c')
  ;(await batch(1)).finish()
  expect(await next).toBe('C')
})

it('checks items and results', async () => {
  const made = model({
    name: 'numbers',
    input: z.number().min(0),
    output: z.number(),
    runtime: inline<undefined, number, unknown>({
      run: (_model, items) => items.map((item) => (item === 0 ? 'zero' : item)),
    }),
  })
  onTestFinished(() => made.close())
  await expect(made.run(Number.NaN)).rejects.toMatchObject({ status: 422, code: 'invalid_input' })
  await expect(made.run('1' as unknown as number)).rejects.toMatchObject({ status: 422 })
  await expect(made.run(0)).rejects.toMatchObject({ code: 'model_failed' })
  expect(await made.run(2)).toBe(2)
})

it('refuses at once what cannot meet its deadline, by the times it has learned', async () => {
  const made = model({
    name: 'slow',
    input: z.string(),
    output: z.string(),
    adaptive: { targetMs: 1_000 },
    batch: { maxSize: 1 },
    runtime: inline<undefined, string, string>({
      run: (_model, items) => new Promise((resolve) => setTimeout(() => resolve(items), 20)),
    }),
  })
  onTestFinished(() => made.close())
  for (let index = 0; index < 5; index++) await made.run('learn')
  const head = made.run('head')
  await expect.poll(() => made.status()).toMatchObject({ queued: 0, running: 1 })
  await expect(made.run('hopeless', { deadlineMs: 5 })).rejects.toMatchObject({ status: 503, code: 'queue_full' })
  expect(await made.run('fine', { deadlineMs: 5_000 })).toBe('fine')
  expect(await head).toBe('head')
})

it('takes on what need not wait, however slow the last batches were', async () => {
  let takesMs = 30
  const made = model({
    name: 'once slow',
    input: z.string(),
    output: z.string(),
    adaptive: { targetMs: 1_000 },
    batch: { maxSize: 1 },
    runtime: inline<undefined, string, string>({
      run: async (_model, items) => {
        if (takesMs > 0) await new Promise((resolve) => setTimeout(resolve, takesMs))
        return items
      },
    }),
  })
  onTestFinished(() => made.close())
  for (let index = 0; index < 5; index++) await made.run('learn')
  takesMs = 0
  expect(await made.run('fast again', { deadlineMs: 20 })).toBe('fast again')
})

it('does not wait for others with a batch that is full by its cost, nor with a stream', async () => {
  const cost = (item: string) => item.length
  const { made, batch } = gated({ batch: { cost, maxCost: 4, maxDelayMs: 60_000 } })
  await made.open()
  const calls = Promise.all([made.run('aa'), made.run('bb')])
  expect((await batch(0)).items).toEqual(['aa', 'bb'])
  ;(await batch(0)).finish()
  expect(await calls).toEqual(['AA', 'BB'])

  const padded = gated({ batch: { cost, maxCost: 8, padded: true, maxDelayMs: 60_000 } })
  await padded.made.open()
  const paddedCalls = Promise.all([padded.made.run('long'), padded.made.run('b')])
  expect((await padded.batch(0)).items).toEqual(['long', 'b'])
  ;(await padded.batch(0)).finish()
  expect(await paddedCalls).toEqual(['LONG', 'B'])

  const spelled = model({
    name: 'spelled',
    input: z.string(),
    output: z.string(),
    batch: { maxDelayMs: 60_000 },
    runtime: inline<undefined, string, string>({
      stream: async function* (_model, word) {
        yield* word
      },
    }),
  })
  onTestFinished(() => spelled.close())
  const pieces: string[] = []
  for await (const piece of spelled.stream('ab')) pieces.push(piece)
  expect(pieces).toEqual(['a', 'b'])
})

it('tells when to try again by how fast it works, not by how often it is asked', async () => {
  const runtime = inline<undefined, string, string>({
    run: (_model, items) => (items.includes('hold') ? new Promise(() => undefined) : items),
  })
  const made = model({
    name: 'fast',
    input: z.string(),
    output: z.string(),
    queue: { maxSize: 1 },
    runtime,
    log: silentLogger,
  })
  for (let index = 0; index < 3; index++) {
    await made.run('learn')
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  const gone = new AbortController()
  const held = made.run('hold', { signal: gone.signal })
  const refused = await made.run('refused').catch((error: unknown) => error)
  expect(refused).toBeInstanceOf(QueueFullError)
  expect((refused as QueueFullError).retryAfterMs).toBeLessThan(50)
  gone.abort(new Error('gone'))
  await expect(held).rejects.toThrow('gone')
  await made.close()
})

it('says which of several items does not fit', async () => {
  const { made, batches } = gated()
  await expect(made.runMany(['a', 1 as never, 'c'])).rejects.toMatchObject({
    status: 422,
    issues: [{ in: 'body', path: [1] }],
  })
  expect(batches).toEqual([])
})

it('gives every result and every failure where items are run one by one, in one batch', async () => {
  const { made, batch } = gated()
  await made.open()
  const several = Promise.allSettled(['a', 1 as never, 'c'].map((item) => made.run(item)))
  const { items, finish } = await batch(0)
  expect(items).toEqual(['a', 'c'])
  finish()
  expect(await several).toMatchObject([
    { value: 'A' },
    { reason: { status: 422, issues: [{ in: 'body', path: [] }] } },
    { value: 'C' },
  ])
})
