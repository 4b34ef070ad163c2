import { HttpError } from '../errors/HttpError.ts'
import type { MiddlewareContext } from '../input/baseContext.ts'
import { nodeCrypto } from '../nodeModules.ts'
import { type KnownKeys, refuseUnknownOptions } from '../plan/knownOptions.ts'
import { amount, milliseconds } from '../plan/limits.ts'
import type { Middleware } from '../run/middleware.ts'
import { networkOf } from './networkOf.ts'
import { MemoryRateLimitStore, type RateLimitCount, type RateLimitStore } from './rateLimitStore.ts'

/** How often who may ask. */
export interface RateLimitOptions {
  /** Requests in a window, for each key. */
  readonly limit: number | ((context: MiddlewareContext) => number | Promise<number>)
  /** A window begins with the first request of its key. Default 60,000. */
  readonly windowMs?: number
  /**
   * Who asks; `undefined` is not counted. It has to be what a client cannot choose: whoever may send another key with
   * each request is never refused. Default: the client's address (with `trustProxy`, the one that the proxy tells), of
   * IPv6 the /64 network, of which one client has all addresses.
   */
  readonly key?: (context: MiddlewareContext) => string | undefined | Promise<string | undefined>
  /** Where to count, for this limit alone. Default: in memory, so that each of several processes counts by itself. */
  readonly store?: RateLimitStore
  /** Of this limit, in its headers and before its keys in the store. Default `default`. */
  readonly name?: string
  /** When the store fails: let in (default; the failure is logged), or answer with 503. */
  readonly onStoreFailure?: 'allow' | 'refuse'
}

const keys: KnownKeys<RateLimitOptions> = {
  limit: true,
  windowMs: true,
  key: true,
  store: true,
  name: true,
  onStoreFailure: true,
}

/**
 * Answers 429, code `rate_limited`, with `retry-after`, to whoever has asked too often. All answers tell how much
 * is left (`ratelimit` and `ratelimit-policy`, draft-ietf-httpapi-ratelimit-headers-10).
 *
 * @throws {StartupError} `invalid_option`
 *
 * @example
 * app.use(rateLimit({ limit: 100, windowMs: 60_000 }))
 */
export function rateLimit(options: RateLimitOptions): Middleware {
  refuseUnknownOptions(options, keys, 'rateLimit()')
  const {
    limit,
    windowMs: givenMs = 60_000,
    key = (context) => networkOf(context.clientAddress),
    store = new MemoryRateLimitStore(),
    name = 'default',
    onStoreFailure = 'allow',
  } = options
  const windowMs = milliseconds(givenMs, 'windowMs of rateLimit()')
  if (typeof limit === 'number') amount(limit, 'limit of rateLimit()')
  const quoted = `"${name.replace(/[^\x20-\x7e]|["\\]/g, '')}"`
  store.init?.({ windowMs })
  const count = async (context: MiddlewareContext, who: string): Promise<RateLimitCount | undefined> => {
    try {
      return await store.increment(`${name}:${shortened(who)}`)
    } catch (error) {
      context.log.error('The store of a rate limit failed', { error, limit: name })
      if (onStoreFailure === 'allow') return undefined
      throw new HttpError(503, 'It cannot be told how often you have asked', { code: 'rate_limit_unavailable' })
    }
  }
  return async (context, next) => {
    const who = await key(context)
    const counted = who === undefined ? undefined : await count(context, who)
    if (!counted) return next()
    const max = typeof limit === 'number' ? limit : await limit(context)
    // Nothing is more than that: everybody would be let in.
    if (!(max >= 0)) throw new TypeError(`limit of rateLimit() has to give a number from 0, not ${max}`)
    if (max === Number.POSITIVE_INFINITY) return next()
    const resetMs = counted.resetTime ? counted.resetTime.getTime() - Date.now() : windowMs
    const resetSeconds = Math.max(0, Math.ceil(resetMs / 1000))
    const headers = {
      'ratelimit-policy': `${quoted};q=${max};w=${Math.ceil(windowMs / 1000)}`,
      ratelimit: `${quoted};r=${Math.max(0, max - counted.totalHits)};t=${resetSeconds}`,
    }
    if (counted.totalHits > max)
      throw new HttpError(429, `Too many requests: ask again in ${resetSeconds} s`, {
        code: 'rate_limited',
        headers: { ...headers, 'retry-after': String(resetSeconds) },
      })
    const answer = await next()
    // Several limits may lie around one operation: each says its own.
    for (const [header, value] of Object.entries(headers)) answer.headers.append(header, value)
    return answer
  }
}

const maxKeyLength = 128

/** What clients send may be as long as a header: a hundred thousand of those are more than the memory holds. */
function shortened(key: string): string {
  return key.length <= maxKeyLength ? key : nodeCrypto().createHash('sha256').update(key).digest('base64url')
}
