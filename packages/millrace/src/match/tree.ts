import type { Segment } from '../plan/path.ts'
import { encoded } from './encoding.ts'

/** What stands at the end of a pattern, and the names of its parameters. */
export interface Leaf<T> {
  readonly value: T
  /** In the order of the pattern. */
  readonly names: readonly string[]
}

/** What may follow one segment of a path. */
class Node<T> {
  /** Made when the first is added: most nodes have none, and a map for each is most of what a tree takes. */
  literals: Map<string, Node<T>> | undefined = undefined
  param: Node<T> | undefined = undefined
  /** Of patterns that end here. */
  end: Leaf<T> | undefined = undefined
  /** Of patterns that take all that is left. */
  rest: Leaf<T> | undefined = undefined
}

/**
 * The patterns of one method, segment by segment. A slash at the end of a path begins an empty segment, which only
 * an empty literal or a `*rest` fits; a `:name` takes one character or more, and so does a `*rest`.
 */
export class Tree<T> {
  readonly #root = new Node<T>()
  /** Where the parameters that {@link find} has seen begin and end: two positions each. One search is over before the next. */
  readonly #spans: number[] = []

  /** Adds a pattern without optional parameters. What was there before stays. */
  add(segments: readonly Segment[], value: T): void {
    const names = segments.flatMap((segment) => (segment.kind === 'literal' ? [] : [segment.name]))
    const node = this.#nodeOf(segments)
    if (segments.at(-1)?.kind === 'rest') node.rest ??= { value, names }
    else node.end ??= { value, names }
  }

  #nodeOf(segments: readonly Segment[]): Node<T> {
    let node = this.#root
    for (const segment of segments) {
      if (segment.kind === 'rest') return node
      if (segment.kind === 'param') {
        node.param ??= new Node()
        node = node.param
      } else {
        const text = encoded(segment.text)
        node.literals ??= new Map()
        let next = node.literals.get(text)
        if (next === undefined) node.literals.set(text, (next = new Node()))
        node = next
      }
    }
    return node
  }

  /** The best that fits: segment by segment, a literal before a `:name` before a `*rest`. */
  find(path: string): Leaf<T> | undefined {
    return this.#find(this.#root, path, 1, 0)
  }

  /** Each node is looked at once at most, as only one way leads to it. */
  #find(node: Node<T>, path: string, start: number, depth: number): Leaf<T> | undefined {
    const slash = path.indexOf('/', start)
    const end = slash < 0 ? path.length : slash
    if (node.literals !== undefined) {
      const next = node.literals.get(path.slice(start, end))
      if (next !== undefined) {
        const found = slash < 0 ? next.end : this.#find(next, path, end + 1, depth)
        if (found !== undefined) return found
      }
    }
    if (start === path.length) return undefined
    const spans = this.#spans
    if (node.param !== undefined && end > start) {
      spans[depth] = start
      spans[depth + 1] = end
      const found = slash < 0 ? node.param.end : this.#find(node.param, path, end + 1, depth + 2)
      if (found !== undefined) return found
    }
    if (node.rest !== undefined) {
      spans[depth] = start
      spans[depth + 1] = path.length
    }
    return node.rest
  }

  /** The parameters of what {@link find} has just found, undecoded. */
  paramsOf({ names }: Leaf<T>, path: string): Record<string, string> | undefined {
    if (names.length === 0) return undefined
    const spans = this.#spans
    const params: Record<string, string> = {}
    for (let index = 0; index < names.length; index++)
      params[names[index] as string] = path.slice(spans[2 * index], spans[2 * index + 1])
    return params
  }
}
