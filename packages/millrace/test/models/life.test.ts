import { App, silentLogger } from 'millrace'
import { inline, model, type Runtime, type RuntimeEvents } from 'millrace/models'
import { expect, it, onTestFinished, vi } from 'vitest'
import { z } from 'zod'

/** A runtime whose loads and ends are noted, and wait for the test where it says so. */
function version(name: string, events: string[], loading: Promise<void> = Promise.resolve()) {
  return (): Runtime<string, string> => ({
    kind: 'noted',
    lanes: 1,
    start: async ({ onReady }: RuntimeEvents) => {
      events.push(`${name} loads`)
      await loading
      onReady(0)
    },
    run: async (_lane, items) => items.map((item) => `${item} by ${name}`),
    restart: () => undefined,
    close: async () => void events.push(`${name} closes`),
  })
}

const strings = { input: z.string(), output: z.string(), log: silentLogger }
const closed = { status: 503, code: 'model_unavailable' }

it('drops a swap that is on its way or waits when it is closed, and leaves nothing open', async () => {
  const events: string[] = []
  const made = model({ name: 'closed', ...strings, runtime: version('one', events) })
  await made.open()
  const { promise, resolve } = Promise.withResolvers<void>()
  const swaps = Promise.allSettled([made.swap(version('two', events, promise)), made.swap(version('three', events))])
  await expect.poll(() => events).toContain('two loads')
  await made.close()
  resolve()
  expect(await swaps).toMatchObject([
    { status: 'rejected', reason: closed },
    { status: 'rejected', reason: closed },
  ])
  await expect.poll(() => events).toEqual(['one loads', 'two loads', 'one closes', 'two closes', 'two closes'])
  expect((await made.status()).state).toBe('unloaded')
})

it('is closed while its load never ends', async () => {
  const events: string[] = []
  const made = model({ name: 'stuck', ...strings, runtime: version('one', events, new Promise(() => undefined)) })
  const call = made.run('a')
  const opened = made.open()
  await expect.poll(() => events).toEqual(['one loads'])
  const ended = made.close()
  await expect(call).rejects.toMatchObject(closed)
  await expect(opened).rejects.toMatchObject(closed)
  await ended
  expect(events).toEqual(['one loads', 'one closes'])
})

it('refuses calls once it is closed, until it is opened again', async () => {
  const events: string[] = []
  const made = model({ name: 'late', ...strings, load: 'lazy', runtime: version('one', events) })
  expect(await made.run('a')).toBe('a by one')
  await made.close()
  await expect(made.run('b')).rejects.toMatchObject(closed)
  expect(events).toEqual(['one loads', 'one closes'])
  const app = new App({ logger: false })
  app.get('/', { deps: { made } }, ({ made }) => made.run('c'))
  onTestFinished(() => app.stop())
  expect(await (await app.request('/')).text()).toBe('c by one')
})

it('loads the version that it has when a swap fails that came before the first call', async () => {
  const events: string[] = []
  const made = model({ name: 'lazy', ...strings, load: 'lazy', runtime: version('one', events) })
  onTestFinished(() => made.close())
  const swap = made.swap(version('two', events, Promise.reject(new Error('cannot be loaded'))))
  const call = made.run('a')
  await expect(swap).rejects.toThrow('cannot be loaded')
  expect(await call).toBe('a by one')
})

it('is loaded anew when it is opened while it is down', async () => {
  const events: string[] = []
  let lose: RuntimeEvents['onLost'] | undefined
  const working = version('one', events)
  const made = model({
    name: 'down',
    ...strings,
    runtime: () => {
      const runtime = working()
      return {
        ...runtime,
        start: (told: RuntimeEvents) => {
          lose = told.onLost
          return runtime.start(told)
        },
      }
    },
  })
  onTestFinished(() => made.close())
  await made.open()
  lose?.(0, new Error('crashed'), true)
  expect((await made.status()).state).toBe('down')
  await made.open()
  expect((await made.status()).state).toBe('ready')
  expect(await made.run('a')).toBe('a by one')
  expect(events).toEqual(['one loads', 'one loads', 'one closes'])
})

it('is up again when a lane comes back after all', async () => {
  let told: RuntimeEvents | undefined
  const made = model({
    name: 'back',
    ...strings,
    runtime: () => ({
      ...version('one', [])(),
      start: async (events: RuntimeEvents) => {
        told = events
        events.onReady(0)
      },
    }),
  })
  onTestFinished(() => made.close())
  await made.open()
  told?.onLost(0, new Error('crashed'), true)
  await expect(made.run('a')).rejects.toMatchObject(closed)
  told?.onReady(0)
  expect([(await made.status()).state, (await made.status()).restarts]).toEqual(['ready', 1])
  expect(await made.run('a')).toBe('a by one')
})

it('ends a stream that nobody reads on when it is closed', async () => {
  const made = model({
    name: 'held',
    ...strings,
    batch: { timeoutMs: 30 },
    runtime: inline<undefined, string, string>({
      stream: async function* (_model, word) {
        yield* word
      },
    }),
  })
  const pieces = made.stream('ab')
  expect(await pieces.next()).toEqual({ done: false, value: 'a' })
  await made.close()
  await expect(pieces.next()).rejects.toMatchObject(closed)
})

it('loads a new version for as long as it takes, also where nobody has asked for the old one meanwhile', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  onTestFinished(() => void vi.useRealTimers())
  const events: string[] = []
  const loading = Promise.withResolvers<void>()
  const made = model({ name: 'idle', ...strings, load: 'demand', idleMs: 50, runtime: version('one', events) })
  onTestFinished(() => made.close())
  expect(await made.run('a')).toBe('a by one')
  const swapped = made.swap(version('two', events, loading.promise))
  await expect.poll(() => events).toContain('two loads')
  vi.advanceTimersByTime(500)
  loading.resolve()
  await swapped
  expect(await made.run('b')).toBe('b by two')
  // The new one is unloaded as the old one would have been.
  vi.advanceTimersByTime(50)
  await expect.poll(() => events).toEqual(['one loads', 'two loads', 'one closes', 'two closes'])
  expect((await made.status()).state).toBe('unloaded')
})

it('says why a model was not loaded, and closes none of that', async () => {
  const made = model({
    name: 'unloaded',
    ...strings,
    runtime: inline({
      load: (): { end(): void } => {
        throw new Error('the key is missing')
      },
      run: (_connection, batch: string[]) => batch,
      close: (connection) => connection.end(),
    }),
  })
  await expect(made.open()).rejects.toThrow('the key is missing')
  await made.close()
})

it('has swapped, also where the old version fails to close, and says so in the log', async () => {
  const lines: unknown[] = []
  const by = (name: string, close?: () => void) =>
    inline<undefined, string, string>({
      run: (_, batch) => batch.map((item) => `${item} by ${name}`),
      ...(close && { close }),
    })
  const failing = by('one', () => {
    throw new Error('the connection is gone')
  })
  const log = { ...silentLogger, warn: (message: string, fields: object) => void lines.push([message, fields]) }
  const made = model({ name: 'failing', ...strings, log, runtime: failing })
  onTestFinished(() => made.close())
  expect(await made.run('a')).toBe('a by one')
  await made.swap(by('two'))
  expect(await made.run('a')).toBe('a by two')
  const error = expect.objectContaining({ message: 'the connection is gone' })
  expect(lines).toEqual([['A version of a model failed to close', { model: 'failing', error }]])
})

it('goes on where what it unloads by itself fails at its end, which the log tells', async () => {
  const warnings: unknown[] = []
  const made = model({
    name: 'idle',
    ...strings,
    log: { ...silentLogger, warn: (message, fields) => void warnings.push([message, fields]) },
    load: 'demand',
    idleMs: 5,
    runtime: () => ({
      ...version('one', [])(),
      close: () => Promise.reject(new Error('still in use')),
    }),
  })
  expect(await made.run('a')).toBe('a by one')
  await expect
    .poll(() => warnings)
    .toEqual([['A version of a model failed to close', { model: 'idle', error: new Error('still in use') }]])
  expect(await made.run('b')).toBe('b by one')
  await expect(made.close()).rejects.toThrow('still in use')
})
