import { App } from 'millrace'
import { inline, model } from 'millrace/models'
import { expect, it, onTestFinished } from 'vitest'
import { z } from 'zod'
import { gated } from '../support/gatedModel.ts'

it('counts nothing any more after any mix of 10,000 items', async () => {
  let state = 1
  const random = () => {
    state = (state * 48_271) % 2_147_483_647
    return state / 2_147_483_647
  }
  const made = model({
    name: 'mixed',
    input: z.string(),
    output: z.string(),
    queue: { maxSize: 200, maxPerCaller: 60 },
    batch: { maxSize: 8, cost: (word: string) => word.length, maxCost: 40 },
    runtime: inline<undefined, string, string>({
      run: async (_model, batch) => {
        await new Promise((resolve) => setImmediate(resolve))
        if (batch.includes('throw')) throw new Error('the model threw')
        return batch.map((word) => (word === 'fail' ? new Error('this word fails') : word.toUpperCase()))
      },
      stream: async function* (_model, word) {
        for (const letter of word) {
          if (letter === '!') throw new Error('the stream threw')
          yield letter
        }
      },
      concurrency: 3,
    }),
  })
  onTestFinished(() => made.close())
  await made.open()
  const one = async (index: number) => {
    const word =
      random() < 0.02 ? 'throw' : random() < 0.05 ? 'fail' : random() < 0.02 ? 'x'.repeat(41) : `word ${index}`
    const controller = new AbortController()
    const options = {
      signal: controller.signal,
      caller: `${Math.floor(random() * 4)}`,
      priority: Math.floor(random() * 3),
      ...(random() < 0.1 ? { deadlineMs: random() * 2 } : {}),
    }
    const leaves = random() < 0.3
    const call =
      random() < 0.1
        ? (async () => {
            for await (const _letter of made.stream(random() < 0.3 ? 'ab!' : 'abc', options)) if (leaves) break
          })()
        : random() < 0.2
          ? made.runMany([word, 'other'], options).then((results) => expect(results[1]).toBe('OTHER'))
          : made.run(word, options).then((result) => expect(result).toBe(word.toUpperCase()))
    if (leaves) setImmediate(() => controller.abort(new Error('left')))
    await call
  }
  const outcomes: PromiseSettledResult<void>[] = []
  for (let index = 0; index < 10_000; index += 250) {
    outcomes.push(...(await Promise.allSettled(Array.from({ length: 250 }, (_, offset) => one(index + offset)))))
    expect((await made.status()).queued).toBe(0)
  }
  await expect.poll(() => made.status()).toMatchObject({ queued: 0, running: 0, state: 'ready' })
  const messages = new Set(
    outcomes.flatMap((one) => (one.status === 'rejected' ? [(one.reason as Error).message] : [])),
  )
  // All of it has happened, and nothing else: no result was another's.
  expect(
    [...messages].filter((message) => !/did not answer within|could not be done in time/.test(message)).sort(),
  ).toEqual([
    "No more than 60 calls of one caller may wait for the model 'mixed'",
    "One item costs 41, and the model 'mixed' takes 40 at most",
    "The model 'mixed' has as much to do as it can take: try again later",
    'left',
    'the model threw',
    'the stream threw',
    'this word fails',
  ])
})

it('gives up the rest of several items when one has failed', async () => {
  const { made, batch, batches } = gated({ batch: { maxSize: 1 } })
  await made.open()
  const several = made.runMany(['a', 'b', 'c'])
  ;(await batch(0)).fail(new Error('broken'))
  await expect(several).rejects.toThrow('broken')
  expect(await made.status()).toMatchObject({ queued: 0, running: 0 })
  const next = made.run('next')
  // The lane had begun with 'b' when it was told; 'c' never runs.
  ;(await batch(1)).finish()
  ;(await batch(2)).finish()
  expect(await next).toBe('NEXT')
  expect(batches.map(({ items }) => items)).toEqual([['a'], ['b'], ['next']])
})

it('counts a call until its end, even when its request has been answered before', async () => {
  const { made, batch } = gated()
  const app = new App({ logger: false })
  const calls: Promise<string>[] = []
  app.get('/', { deps: { made } }, ({ made }) => {
    calls.push(made.run('on its own'))
    return 'answered'
  })
  onTestFinished(() => app.stop())
  expect(await (await app.request('/')).text()).toBe('answered')
  await batch(0)
  expect(await made.status()).toMatchObject({ queued: 0, running: 1 })
  ;(await batch(0)).finish()
  expect(await calls[0]).toBe('ON ITS OWN')
  expect(await made.status()).toMatchObject({ queued: 0, running: 0 })
})

it('counts an item once, by how it ended for its caller', async () => {
  const { made, batch } = gated()
  await made.open()
  const controller = new AbortController()
  const calls = Promise.allSettled([
    made.run('left', { signal: controller.signal }),
    made.run('late', { deadlineMs: 20 }),
    made.run('done'),
  ])
  const first = await batch(0)
  controller.abort(new Error('gone'))
  await expect.poll(() => made.status()).toMatchObject({ cancelled: 1, expired: 1 })
  first.finish()
  await calls
  expect(await made.status()).toMatchObject({ done: 1, failed: 0, cancelled: 1, expired: 1, queued: 0, running: 0 })
})

it('says where every item is, or how it ended', async () => {
  const { made, batch } = gated({
    queue: { maxSize: 4 },
    batch: { maxSize: 1, cost: (word: string) => word.length, maxCost: 9 },
  })
  await made.open()
  const outcome = (call: Promise<unknown>) =>
    call.then(
      () => 'done',
      ({ code, message }) => code ?? message,
    )
  const controller = new AbortController()
  const several = [made.run('a', { signal: controller.signal }), made.run('b'), made.run('c')].map(outcome)
  const first = await batch(0)
  expect(await made.status()).toMatchObject({ received: 3, queued: 2, running: 1, reserved: 0 })
  controller.abort(new Error('left'))
  // The lane is still busy with it, but nobody waits for it.
  expect(await made.status()).toMatchObject({ received: 3, queued: 2, running: 0, cancelled: 1 })
  const refused = [
    made.runMany(['d', 'e', 'f']),
    made.run('too long to take'),
    made.run('g', { signal: AbortSignal.abort(new Error('gone')) }),
  ]
  expect(await Promise.all(refused.map(outcome))).toEqual(['queue_full', 'item_too_large', 'gone'])
  expect(await made.status()).toMatchObject({ received: 8, rejected: 4, cancelled: 2 })
  first.finish()
  ;(await batch(1)).finish()
  ;(await batch(2)).fail(new Error('broken'))
  expect(await Promise.all(several)).toEqual(['left', 'done', 'broken'])
  const nowhere = { queued: 0, running: 0, reserved: 0, expired: 0 }
  expect(await made.status()).toMatchObject({ received: 8, ...nowhere, done: 1, failed: 1, cancelled: 2, rejected: 4 })
})

it('counts streams to their ends, and requests that have not asked yet for nothing but their places', async () => {
  const made = model({
    name: 'streams',
    input: z.string(),
    output: z.string(),
    runtime: inline<undefined, string, string>({
      async *stream(_model, word) {
        for (const letter of word) {
          if (letter === '!') throw new Error('the stream threw')
          yield letter
        }
      },
    }),
  })
  const read = async (word: string) => {
    for await (const letter of made.stream(word)) if (letter === 'x') break
  }
  const app = new App({ logger: false })
  app.get('/', { deps: { made } }, () => made.status())
  onTestFinished(() => app.stop())
  await Promise.allSettled([read('ab'), read('ab!'), read('abx')])
  const counts = { received: 3, queued: 0, running: 0, done: 1, failed: 1, cancelled: 1 }
  expect(await made.status()).toMatchObject({ ...counts, reserved: 0 })
  expect(await (await app.request('/')).json()).toMatchObject({ ...counts, reserved: 1 })
})
