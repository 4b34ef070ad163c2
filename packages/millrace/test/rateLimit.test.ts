import {
  App,
  MemoryRateLimitStore,
  type RateLimitOptions,
  type RateLimitStore,
  rateLimit,
  StartupError,
} from 'millrace'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { describeTransports, recorder, serveHttp } from './support/serve.ts'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: 0 })
})
afterEach(() => {
  vi.useRealTimers()
})

function makeApp(options: RateLimitOptions) {
  const { logger, takeErrors } = recorder()
  const app = new App({ logger, use: [rateLimit(options)] })
  app.get('/', () => 'hello')
  return { app, takeErrors }
}

const facts = ({ status, headers }: Response) => [
  status,
  headers.get('ratelimit-policy'),
  headers.get('ratelimit'),
  headers.get('retry-after'),
]

describeTransports('rate limits', (serve) => {
  it('tell what is left, refuse what is too much, and begin anew', async () => {
    const { request } = await serve(makeApp({ limit: 2, windowMs: 10_000 }).app)
    const policy = '"default";q=2;w=10'
    expect(facts(await request('/'))).toEqual([200, policy, '"default";r=1;t=10', null])
    vi.setSystemTime(4_500)
    expect(facts(await request('/'))).toEqual([200, policy, '"default";r=0;t=6', null])
    const refused = await request('/')
    expect(facts(refused)).toEqual([429, policy, '"default";r=0;t=6', '6'])
    expect(await refused.json()).toEqual({
      type: 'about:blank',
      title: 'Too Many Requests',
      status: 429,
      detail: 'Too many requests: ask again in 6 s',
      code: 'rate_limited',
    })
    vi.setSystemTime(10_000)
    expect(facts(await request('/'))).toEqual([200, policy, '"default";r=1;t=10', null])
  })

  it('count each key by itself, and not what has none', async () => {
    const { request } = await serve(makeApp({ limit: 1, key: (context) => context.header('x-key') }).app)
    const statusOf = async (key?: string) => (await request('/', key ? { headers: { 'x-key': key } } : {})).status
    expect([await statusOf('a'), await statusOf('b'), await statusOf('a'), await statusOf(), await statusOf()]).toEqual(
      [200, 200, 429, 200, 200],
    )
  })

  it('may differ with each request, and several lie around one operation', async () => {
    const app = new App({
      logger: false,
      use: [
        rateLimit({ limit: 5, name: 'day', windowMs: 86_400_000 }),
        rateLimit({ limit: ({ path }) => (path === '/costly' ? 1 : 3), name: 'minute' }),
      ],
    })
    app.get('/costly', () => 'hello')
    const { request } = await serve(app)
    expect(facts(await request('/costly'))).toEqual([
      200,
      '"minute";q=1;w=60, "day";q=5;w=86400',
      '"minute";r=0;t=60, "day";r=4;t=86400',
      null,
    ])
    expect((await request('/costly')).status).toBe(429)
  })

  it('let nobody in whose limit nobody knows', async () => {
    const { app, takeErrors } = makeApp({ limit: () => Number.NaN })
    expect((await (await serve(app)).request('/')).status).toBe(500)
    expect(takeErrors()).toEqual([
      { message: 'An error was not handled', error: 'limit of rateLimit() has to give a number from 0, not NaN' },
    ])
  })

  it('use any store of express-rate-limit', async () => {
    const keys: string[] = []
    const store: RateLimitStore = {
      init: ({ windowMs }) => void keys.push(String(windowMs)),
      increment: async (key) => ({ totalHits: keys.push(key) - 1, resetTime: undefined }),
    }
    const { request } = await serve(makeApp({ limit: 1, store, name: 'mine', key: () => 'me' }).app)
    expect(facts(await request('/'))).toEqual([200, '"mine";q=1;w=60', '"mine";r=0;t=60', null])
    // One that does not know when its windows end: no more than a window has to be waited for.
    expect(facts(await request('/'))).toEqual([429, '"mine";q=1;w=60', '"mine";r=0;t=60', '60'])
    expect(keys).toEqual(['60000', 'mine:me', 'mine:me'])
  })

  it('keep of a long key no more than tells it apart', async () => {
    const keys: string[] = []
    const store: RateLimitStore = { increment: (key) => ({ totalHits: keys.push(key), resetTime: undefined }) }
    const { request } = await serve(makeApp({ limit: 9, store, key: (context) => context.header('x-key') }).app)
    for (const key of ['k'.repeat(128), 'a'.repeat(8_000), `${'a'.repeat(8_000)}b`])
      await request('/', { headers: { 'x-key': key } })
    expect(keys.map((key) => key.length)).toEqual(['default:'.length + 128, ...Array(2).fill('default:'.length + 43)])
    expect(new Set(keys).size).toBe(3)
  })

  it('let in, or refuse, when the store fails, and log it', async () => {
    const store: RateLimitStore = {
      increment: () => {
        throw new Error('unplugged')
      },
    }
    const open = makeApp({ limit: 1, store })
    expect((await (await serve(open.app)).request('/')).status).toBe(200)
    expect(open.takeErrors()).toEqual([{ message: 'The store of a rate limit failed', error: 'unplugged' }])
    const strict = makeApp({ limit: 1, store, onStoreFailure: 'refuse' })
    const response = await (await serve(strict.app)).request('/')
    expect([response.status, await response.json()]).toMatchObject([503, { code: 'rate_limit_unavailable' }])
    expect(strict.takeErrors()).toHaveLength(1)
  })
})

it.each([
  ['192.0.2.1', '192.0.2.2', false],
  ['::ffff:192.0.2.1', '192.0.2.1', true],
  ['2001:db8:1:2::1', '2001:db8:1:2:ffff::', true],
  ['2001:db8:1:2::1', '2001:db8:1:3::1', false],
  ['2001:0db8:0001:0002:0:0:0:9', '2001:db8:1:2::1', true],
  ['::1', '::2', true],
])('takes %s and %s for one: %s', async (first, second, isOne) => {
  const app = new App({ logger: false, trustProxy: 1, use: [rateLimit({ limit: 1 })] })
  app.get('/', () => 'hello')
  const { request } = await serveHttp(app)
  const statusOf = async (address: string) => (await request('/', { headers: { 'x-forwarded-for': address } })).status
  expect([await statusOf(first), await statusOf(second)]).toEqual([200, isOne ? 429 : 200])
})

it('forgets who has not asked for two windows, or lately when there are very many', () => {
  const store = new MemoryRateLimitStore({ maxKeys: 4 })
  store.init({ windowMs: 1000 })
  expect(store.increment('a').totalHits).toBe(1)
  for (const key of ['b', 'c']) store.increment(key)
  expect(store.increment('a').totalHits).toBe(2)
  for (const key of ['d', 'e', 'f', 'g']) store.increment(key)
  expect(store.increment('a').totalHits).toBe(1)
})

it('begins anew when the clock is set back, rather than to refuse until it is there again', () => {
  const store = new MemoryRateLimitStore()
  store.init({ windowMs: 1_000 })
  vi.setSystemTime(3_600_000)
  store.increment('a')
  expect(store.increment('a')).toEqual({ totalHits: 2, resetTime: new Date(3_601_000) })
  vi.setSystemTime(0)
  expect(store.increment('a')).toEqual({ totalHits: 1, resetTime: new Date(1_000) })
  // What was counted before is forgotten as usual.
  vi.setSystemTime(2_500)
  store.increment('b')
  expect(store.increment('a').totalHits).toBe(1)
})

it('refuses to count the windows of two limits in one memory', () => {
  const store = new MemoryRateLimitStore()
  const limits = { limit: 1, store }
  for (const name of ['read', 'write']) rateLimit({ ...limits, name })
  expect(() => rateLimit({ ...limits, name: 'day', windowMs: 86_400_000 })).toThrow(
    new StartupError('invalid_option', 'A MemoryRateLimitStore has one window: give each rateLimit() its own'),
  )
})

it.each([
  [{ limit: -1 }, 'limit of rateLimit() has to be a number from 0, or Infinity for no limit, not -1'],
  [{ limit: 1, windowMs: 0 }, 'windowMs of rateLimit() has to be a positive number of milliseconds, not 0'],
])('refuses %j', (options, message) => {
  expect(() => rateLimit(options)).toThrow(message)
})
