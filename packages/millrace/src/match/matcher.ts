import { StartupError } from '../errors/StartupError.ts'
import type { Segment } from '../plan/path.ts'
import { encoded, normalised } from './encoding.ts'
import type { RoutingRules } from './routingRules.ts'
import { Tree } from './tree.ts'

/** A route that fits, with the path's parameters in the normal form of the path, undecoded. */
export interface Match<T> {
  readonly value: T
  readonly params: Readonly<Record<string, string>> | undefined
}

/** What stands for every method, such as those of WebDAV. */
export const anyMethod = ''

/** The routes of one method. */
interface Routes<T> {
  /** Those without parameters, by their path: nothing fits it better. */
  readonly exact: Map<string, Match<T>>
  /** All others. */
  readonly tree: Tree<T>
  /** By the form of their patterns. */
  readonly forms: Set<string>
}

/** Finds what stands at a method and a path. Literals win over `:name`, and `:name` over `*rest`. */
export class Matcher<T> {
  readonly #methods = new Map<string, Routes<T>>()
  readonly #orders = new Map<T, number>()

  /**
   * @param duplicates whether what was there before stays, or that is a mistake
   * @throws {StartupError} `duplicate_operation`
   */
  add(method: string, segments: readonly Segment[], value: T, duplicates: RoutingRules['duplicates'] = 'refuse'): void {
    this.#orders.set(value, this.#orders.size)
    let routes = this.#methods.get(method)
    if (routes === undefined)
      this.#methods.set(method, (routes = { exact: new Map(), tree: new Tree(), forms: new Set() }))
    const form = segments.map(formOf).join('/')
    if (routes.forms.has(form) && duplicates === 'refuse')
      throw new StartupError(
        'duplicate_operation',
        `Two operations answer ${method} /${segments.map(textOf).join('/')}: give one another path or method`,
      )
    routes.forms.add(form)
    for (const way of waysOf(segments)) {
      if (way.some(isVariable)) routes.tree.add(way, value)
      else {
        const path = `/${way.map(formOf).join('/')}`
        if (!routes.exact.has(path)) routes.exact.set(path, { value, params: undefined })
      }
    }
  }

  /** However a path is spelt, what it finds is that of its normal form. */
  find(method: string, path: string): Match<T> | undefined {
    const routes = this.#methods.get(method)
    return routes && findIn(routes, path)
  }

  /** Every method that a path answers, in the order in which what answers it was added. */
  methodsOf(path: string): string[] {
    const found: { readonly method: string; readonly order: number }[] = []
    for (const [method, routes] of this.#methods) {
      const match = findIn(routes, path)
      if (match) found.push({ method, order: this.#orders.get(match.value) ?? 0 })
    }
    return found.sort((one, other) => one.order - other.order).map(({ method }) => method)
  }
}

/** In its normal form: `/%61dmin` is `/admin`, and not what `/:page` fits, which who guards the one has not to guard. */
function findIn<T>({ exact, tree }: Routes<T>, path: string): Match<T> | undefined {
  const normal = path.includes('%') ? normalised(path) : path
  const route = exact.get(normal)
  if (route !== undefined) return route
  const leaf = tree.find(normal)
  return leaf && { value: leaf.value, params: tree.paramsOf(leaf, normal) }
}

/** A pattern with and without each of its optional parameters. */
function waysOf(segments: readonly Segment[]): (readonly Segment[])[] {
  const index = segments.findIndex(isOptional)
  const segment = segments[index]
  if (segment?.kind !== 'param') return [segments]
  const [before, after] = [segments.slice(0, index), segments.slice(index + 1)]
  const without = before.length + after.length === 0 ? [empty] : [...before, ...after]
  return [...waysOf([...before, { ...segment, optional: false }, ...after]), ...waysOf(without)]
}

const empty: Segment = { kind: 'literal', text: '' }

function isVariable({ kind }: Segment): boolean {
  return kind !== 'literal'
}

function isOptional(segment: Segment): boolean {
  return segment.kind === 'param' && segment.optional
}

/** Two patterns of one form fit the same paths, whatever their parameters are called. */
function formOf(segment: Segment): string {
  if (segment.kind === 'literal') return encoded(segment.text)
  if (segment.kind === 'rest') return '*'
  return segment.optional ? ':?' : ':'
}

/** A segment as it was written. */
function textOf(segment: Segment): string {
  if (segment.kind === 'literal') return segment.text
  return segment.kind === 'rest' ? `*${segment.name}` : `:${segment.name}${segment.optional ? '?' : ''}`
}
