import { silentLogger } from 'millrace'
import { inline, type ModelOptions, model, Tensor, type Timing } from 'millrace/models'
import { expect, it, onTestFinished } from 'vitest'
import { z } from 'zod'

function make(cache: NonNullable<ModelOptions<z.ZodString, z.ZodString>['cache']>) {
  const ran: string[] = []
  const made = model({
    name: 'cached',
    input: z.string(),
    output: z.string(),
    cache,
    log: silentLogger,
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
  expect([ran, (await made.status()).cacheHits]).toEqual([['a', 'b'], 2])
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

it('takes no two items for one because their key is missing', async () => {
  const { made } = make({ maxItems: 2, key: (word) => ({ a: 'a' })[word] as string })
  expect(await made.run('a')).toBe('A')
  await expect(made.run('b')).rejects.toThrow('The key of a cache must give a string, not undefined')
  await expect(made.runMany(['a', 'b'])).rejects.toThrow('The key of a cache must give a string, not undefined')
  expect(await made.status()).toMatchObject({ queued: 0, running: 0 })
})

it.each([0.5, Number.POSITIVE_INFINITY])('keeps results for %s ms', async (ttlMs) => {
  const { made } = make({ maxItems: 2, ttlMs })
  expect(await made.runMany(['a', 'a'])).toEqual(['A', 'A'])
})

it('tells its times to all who wait for a run, and none for what was kept', async () => {
  const { made } = make({ maxItems: 2 })
  const times: Timing[] = []
  const onTiming = (timing: Timing) => void times.push(timing)
  await Promise.all([made.run('a', { onTiming }), made.run('a', { onTiming })])
  expect(times).toEqual([times[0], times[0]])
  expect(times[0]?.runMs).toBeGreaterThan(0)
  await made.run('a', { onTiming })
  expect(times[2]).toEqual({ queueMs: 0, runMs: 0 })
})

it('answers what is kept when the onTiming of a caller throws', async () => {
  const { made } = make({ maxItems: 2 })
  const onTiming = () => {
    throw new Error('the times are of no use')
  }
  expect([await made.run('a', { onTiming }), await made.run('a', { onTiming })]).toEqual(['A', 'A'])
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
  await expect.poll(async () => (await made.status()).running).toBe(1)
  first.abort(new Error('first has gone'))
  await expect(one).rejects.toThrow('first has gone')
  expect((await made.status()).running).toBe(1)
  second.abort(new Error('second has gone'))
  await expect(two).rejects.toThrow('second has gone')
  await expect.poll(async () => (await made.status()).running).toBe(0)
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

/** A model whose batches wait until they are let go, and the items that ran. */
function gated(options: { deadlineMs?: number; maxSize?: number } = {}) {
  const ran: string[] = []
  let open = Promise.withResolvers<void>()
  const made = model({
    name: 'gated',
    input: z.string(),
    output: z.object({ word: z.string(), list: z.array(z.number()) }),
    cache: { maxItems: 10 },
    batch: { maxSize: 8 },
    queue: { deadlineMs: options.deadlineMs ?? 10_000, ...(options.maxSize ? { maxSize: options.maxSize } : {}) },
    runtime: inline<undefined, string, { word: string; list: number[] }>({
      run: async (_model, batch) => {
        ran.push(...batch)
        await open.promise
        return batch.map((word) => ({ word, list: [1] }))
      },
      concurrency: 2,
    }),
  })
  onTestFinished(() => {
    open.resolve()
    return made.close()
  })
  const letGo = () => {
    open.resolve()
    open = Promise.withResolvers<void>()
  }
  return { made, ran, letGo }
}

it('keeps each caller to its own deadline', async () => {
  const { made, ran, letGo } = gated()
  const short = made.run('a', { deadlineMs: 20 })
  const long = made.run('a', { deadlineMs: 10_000 })
  await expect(short).rejects.toMatchObject({ code: 'deadline_passed' })
  // The run that both waited for had the deadline of the first; for the other there is another.
  await expect.poll(() => ran.length).toBe(2)
  letGo()
  expect(await long).toEqual({ word: 'a', list: [1] })
  const first = made.run('b')
  await expect(made.run('b', { deadlineMs: 20 })).rejects.toMatchObject({ code: 'deadline_passed' })
  letGo()
  expect(await first).toEqual({ word: 'b', list: [1] })
  expect(ran).toEqual(['a', 'a', 'b'])
})

it('gives every caller a copy of its own', async () => {
  const store = new Map<string, unknown>()
  store.set('typed array', new Float32Array([1, 2]))
  store.set('tensor', new Tensor(new Float32Array([1, 2]), [1, 2]))
  store.set('object', { when: new Date(0), names: new Set(['a']) })
  store.set('buffer', Buffer.from('grain'))
  store.set('tensor of a buffer', new Tensor(Buffer.from([1, 2]), [2]))
  // As JSON from another server may say.
  store.set('odd name', JSON.parse('{"__proto__": {"a": 1}}'))
  const made = model({
    name: 'kept',
    input: z.string(),
    output: z.any(),
    cache: { maxItems: 10 },
    runtime: inline<undefined, string, unknown>({ run: (_model, batch) => batch.map((key) => store.get(key)) }),
  })
  onTestFinished(() => made.close())
  const round: Record<string, unknown> = { list: [1] }
  store.set('what holds itself', Object.assign(round, { self: round, again: round['list'] }))
  for (const key of store.keys()) {
    const [one, other] = await made.runMany([key, key])
    const third = await made.run(key)
    expect([one, other, third]).toEqual([store.get(key), store.get(key), store.get(key)])
    expect(new Set([one, other, third]).size).toBe(3)
  }
  const spoilt = (await made.run('typed array')) as Float32Array
  spoilt[0] = 9
  const buffer = (await made.run('buffer')) as Buffer
  buffer.fill('x')
  const { data } = (await made.run('tensor of a buffer')) as Tensor
  data[0] = 9
  const { names } = (await made.run('object')) as { names: Set<string> }
  names.clear()
  expect([await made.run('typed array'), await made.run('object'), String(await made.run('buffer'))]).toEqual([
    new Float32Array([1, 2]),
    { when: new Date(0), names: new Set(['a']) },
    'grain',
  ])
  expect([...((await made.run('tensor of a buffer')) as Tensor).data]).toEqual([1, 2])
  const copy = (await made.run('what holds itself')) as typeof round
  expect([copy['self'] === copy, copy['again'] === copy['list']]).toEqual([true, true])
  expect(Object.keys((await made.run('odd name')) as object)).toEqual(['__proto__'])
})

it('takes on all of several items, or none; what is kept needs no room', async () => {
  const { made, ran, letGo } = gated({ maxSize: 2 })
  const kept = made.runMany(['a', 'b'])
  await expect.poll(() => ran.length).toBe(2)
  letGo()
  await kept
  await expect(made.runMany(['c', 'd', 'e'])).rejects.toMatchObject({ status: 413, code: 'too_many_items' })
  expect([ran, (await made.status()).queued, (await made.status()).running]).toEqual([['a', 'b'], 0, 0])
  const some = made.runMany(['a', 'b', 'a', 'c', 'c'])
  await expect.poll(() => ran.length).toBe(3)
  letGo()
  expect((await some).map(({ word }) => word)).toEqual(['a', 'b', 'a', 'c', 'c'])
  expect(ran).toEqual(['a', 'b', 'c'])
})

it('lets go of the other items when one fails', async () => {
  const aborted: string[] = []
  const made = model({
    name: 'partly',
    input: z.string(),
    output: z.string(),
    cache: { maxItems: 10 },
    batch: { maxSize: 1 },
    runtime: inline<undefined, string, string>({
      run: async (_model, [word = ''], { signal }) => {
        if (word === 'fail') return [new Error('failed')]
        await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()))
        aborted.push(word)
        return [word]
      },
      concurrency: 2,
    }),
  })
  onTestFinished(() => made.close())
  await expect(made.runMany(['wait', 'fail'])).rejects.toThrow('failed')
  await expect.poll(() => aborted).toEqual(['wait'])
  await expect.poll(async () => (await made.status()).running).toBe(0)
})

/** The same value, but another object. */
function structuredCloneOf(item: unknown): unknown {
  return item instanceof Tensor ? new Tensor(item.data.slice(), item.shape) : structuredClone(item)
}

it('tells a deadline as its caller had asked for it, whoever began the run', async () => {
  const made = model({
    name: 'silent',
    input: z.string(),
    output: z.string(),
    runtime: inline<undefined, string, string>({ run: () => new Promise<never>(() => undefined) }),
    cache: { maxItems: 10 },
  })
  const messageOf = (deadlineMs: number) => made.run('a', { deadlineMs }).catch((error: Error) => error.message)
  const told = await Promise.all([1, 30, 60.5].map(messageOf))
  expect(told).toEqual([1, 30, 61].map((ms) => `The model 'silent' did not answer within ${ms} ms`))
})
