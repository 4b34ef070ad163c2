import { StartupError } from '../errors/StartupError.ts'
import type { RequestContext } from '../input/context.ts'
import type { Dependency } from '../plan/dependency.ts'
import { malformed, type Optional, type SchemeOptions, schemeGuard } from './schemeGuard.ts'

/** Where a key is sent. */
export interface ApiKeyOptions extends SchemeOptions {
  readonly in: 'header' | 'query' | 'cookie'
  /** Of the header, the query parameter or the cookie. */
  readonly name: string
}

/**
 * A key from a header, the query or a cookie, not verified: `apiKeys()` does that. Without one the answer is
 * 401, code `not_authenticated`. In the document it is named as what it is sent in, unless told otherwise.
 *
 * @throws {StartupError} `invalid_option` for a name that cannot be sent
 *
 * @example
 * const key = apiKey({ in: 'header', name: 'X-API-Key' })
 * app.get('/usage', { deps: { key } }, ({ key }) => usage.of(key))
 */
export function apiKey(options: ApiKeyOptions & Optional): Dependency<string | undefined>
export function apiKey(options: ApiKeyOptions): Dependency<string>
export function apiKey(options: ApiKeyOptions): Dependency<string | undefined> {
  const { name } = options
  const place = places[options.in]
  if (!place) throw new StartupError('invalid_option', `An apiKey() is sent in 'header', 'query' or 'cookie'`)
  // RFC 9110, section 5.6.2, and RFC 6265, section 4.1.1.
  if (name === '' || (options.in !== 'query' && !/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(name)))
    throw new StartupError('invalid_option', `'${name}' cannot be the name of a ${options.in}`)
  return schemeGuard(
    {
      defaultName: name.replace(/[^A-Za-z0-9._-]/g, '_'),
      className: place.className,
      definition: { type: 'apiKey', in: options.in, name },
      challenge: 'APIKey',
      read: place.read(name),
    },
    options,
  )
}

type Read = (context: RequestContext) => string | undefined | typeof malformed

const places: Readonly<Record<ApiKeyOptions['in'], { className: string; read: (name: string) => Read }>> = {
  header: {
    className: 'APIKeyHeader',
    read: (name) => {
      const key = name.toLowerCase()
      return (context) => keyOf(context.header(key))
    },
  },
  query: { className: 'APIKeyQuery', read: (name) => (context) => queryKeyOf(context, name) },
  cookie: { className: 'APIKeyCookie', read: (name) => (context) => keyOf(context['~rawCookies'][name]) },
}

function queryKeyOf(context: RequestContext, name: string): ReturnType<Read> {
  const value = context['~rawQuery'][name]
  const takesLast = context['~host'].credentials.repeatedKey === 'last'
  return keyOf(takesLast && Array.isArray(value) ? value.at(-1) : value)
}

/** Of two keys nobody knows which is meant. */
function keyOf(value: unknown): string | undefined | typeof malformed {
  if (value === undefined || value === '') return undefined
  return typeof value === 'string' ? value : malformed
}
