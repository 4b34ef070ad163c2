import { addRoute, createRouter, findAllRoutes, findRoute, type RouterContext } from 'rou3'
import { codedError } from '../errors/codedError.ts'
import { StartupError } from '../errors/StartupError.ts'
import type { Segment } from '../plan/path.ts'
import type { RoutingRules } from './routingRules.ts'

/** A route that fits, with the path's parameters as they came, undecoded. */
export interface Match<T> {
  readonly value: T
  readonly params: Readonly<Record<string, string>> | undefined
}

/** The two routes that share a pattern but for a last slash. rou3 sees no difference between them; HTTP does. */
interface Pair<T> {
  bare?: T
  slashed?: T
  /** The name of a `*rest` parameter, from whose value rou3 drops a last slash. */
  readonly rest: string | undefined
}

/** What stands for every method, such as those of WebDAV. */
export const anyMethod = ''

/** Finds what stands at a method and a path. Literals win over `:name`, and `:name` over `*rest`. */
export class Matcher<T> {
  readonly #router: RouterContext<Pair<T>> = createRouter<Pair<T>>()
  readonly #pairs = new Map<string, Pair<T>>()
  readonly #methods = new Set<string>()
  readonly #orders = new Map<T, number>()

  /**
   * @param duplicates whether what was there before stays, or that is a mistake
   * @throws {StartupError} `duplicate_operation`
   */
  add(method: string, segments: readonly Segment[], value: T, duplicates: RoutingRules['duplicates'] = 'refuse'): void {
    this.#orders.set(value, this.#orders.size)
    const last = segments.at(-1)
    const isSlashed = segments.length > 1 && last?.kind === 'literal' && last.text === ''
    const pattern = `/${(isSlashed ? segments.slice(0, -1) : segments).map(routerSyntax).join('/')}`
    const key = `${method} ${pattern.replace(/:\w+/g, ':')}`
    let pair = this.#pairs.get(key)
    if (!pair) {
      pair = { rest: last?.kind === 'rest' ? last.name : undefined }
      this.#pairs.set(key, pair)
      addRoute(this.#router, method, pattern, pair)
      this.#methods.add(method)
    }
    const sides: Side[] = last?.kind === 'rest' ? ['bare', 'slashed'] : [isSlashed ? 'slashed' : 'bare']
    for (const side of sides) {
      if (pair[side] === undefined) pair[side] = value
      else if (duplicates === 'refuse')
        throw new StartupError(
          'duplicate_operation',
          `Two operations answer ${method} ${pattern}: give one another path or method`,
        )
    }
  }

  /** A path that is not found as it came is looked for once more in its normal form. */
  find(method: string, path: string): Match<T> | undefined {
    const found = this.#find(method, path)
    if (found || !path.includes('%')) return found
    const normal = normalised(path)
    return normal === path ? undefined : this.#find(method, normal)
  }

  #find(method: string, path: string): Match<T> | undefined {
    const found = findRoute(this.#router, method, path)
    if (found === undefined) return path.includes('//') ? this.#findHollow(method, path) : undefined
    const side = sideOf(path)
    const value = found.data[side]
    if (value !== undefined) return { value, params: withSlash(found.data, side, found.params) }
    // The best pattern fits only with (or without) the last slash: a less specific one may still fit the path as it is.
    const other = findAllRoutes(this.#router, method, path).findLast((route) => route.data[side] !== undefined)
    return other && { value: other.data[side] as T, params: withSlash(other.data, side, other.params) }
  }

  /** rou3 finds nothing for a path with empty segments, but a `*rest` may hold them: `/proxy/https://host/path`. */
  #findHollow(method: string, path: string): Match<T> | undefined {
    const side = sideOf(path)
    const found = findAllRoutes(this.#router, method, path.replace(/\/(?=\/)/g, `/${hollow}`)).findLast(
      ({ data, params }) => data[side] !== undefined && isOnlyIn(data.rest, params),
    )
    if (!found) return undefined
    const params = withSlash(found.data, side, found.params)
    return { value: found.data[side] as T, params: mapValues(params, (value) => value.replaceAll(hollow, '')) }
  }

  /** Every method that a path answers, in the order in which what answers it was added. */
  methodsOf(path: string): string[] {
    const found: { readonly method: string; readonly order: number }[] = []
    for (const method of this.#methods) {
      const match = this.find(method, path)
      if (match) found.push({ method, order: this.#orders.get(match.value) ?? 0 })
    }
    return found.sort((one, other) => one.order - other.order).map(({ method }) => method)
  }
}

/** Stands for an empty segment; it cannot be part of a target. */
const hollow = '\0'

function isOnlyIn(rest: string | undefined, params: Match<unknown>['params']): boolean {
  return Object.entries(params ?? {}).every(([name, value]) => name === rest || !value.includes(hollow))
}

function mapValues(params: Match<unknown>['params'], map: (value: string) => string): Record<string, string> {
  return Object.fromEntries(Object.entries(params ?? {}).map(([name, value]) => [name, map(value)]))
}

type Side = 'bare' | 'slashed'

function withSlash(pair: Pair<unknown>, side: Side, params: Match<unknown>['params']): Match<unknown>['params'] {
  if (side === 'bare' || pair.rest === undefined) return params
  return { ...params, [pair.rest]: `${params?.[pair.rest] ?? ''}/` }
}

function sideOf(path: string): Side {
  return path.length > 1 && path.charCodeAt(path.length - 1) === 47 ? 'slashed' : 'bare'
}

function routerSyntax(segment: Segment): string {
  if (segment.kind === 'literal') return encoded(segment.text).replace(/[\\()[\]{}?+*:]/g, '\\$&')
  if (segment.kind === 'rest') return `:${segment.name}+`
  return `:${segment.name}${segment.optional ? '?' : ''}`
}

const unreserved = /[A-Za-z0-9\-._~]/

/** Escapes in upper case, and none of what needs none (RFC 3986, section 6.2.2): `%7ecaf%c3%a9` is `~caf%C3%A9`. */
function normalised(path: string): string {
  return path.replace(/%[0-9A-Fa-f]{2}/g, (escaped) => {
    const character = String.fromCharCode(Number.parseInt(escaped.slice(1), 16))
    return unreserved.test(character) ? character : escaped.toUpperCase()
  })
}

/** As clients send it (WHATWG URL, section 4.4): `/café` comes as `/caf%C3%A9`. */
function encoded(literal: string): string {
  return new URL(`http://host/${literal}`).pathname.slice(1)
}

/**
 * Percent-decodes the parameters of a path.
 *
 * @throws {HttpError} `malformed_target` where the encoding is broken
 */
export function decodeParams(params: Readonly<Record<string, string>>): Record<string, string> {
  const decoded: Record<string, string> = {}
  for (const name in params) {
    const value = params[name] as string
    if (!value.includes('%')) decoded[name] = value
    else
      try {
        decoded[name] = decodeURIComponent(value)
      } catch {
        throw codedError('malformed_target', `The path parameter '${name}' is not properly percent-encoded`)
      }
  }
  return decoded
}
