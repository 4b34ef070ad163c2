import type { Segment } from '../plan/path.ts'
import { capitalize } from './words.ts'

/** One way to write the path of an operation: OpenAPI has no optional path parameters. */
export interface PathVariant {
  /** `/items/{id}` */
  readonly template: string
  /** The same for paths that differ in nothing but the names of their parameters. */
  readonly shape: string
  readonly names: readonly string[]
  /** What an operation id needs to stay unique: empty for the full path, else `WithoutId`. */
  readonly suffix: string
}

/** All ways to write a path, the full one first: each `:id?` may be left out. */
export function pathVariants(segments: readonly Segment[]): readonly PathVariant[] {
  let ways: (readonly Segment[])[] = [[]]
  for (const segment of segments) {
    const longer = ways.map((way) => [...way, segment])
    ways = segment.kind === 'param' && segment.optional ? [...longer, ...ways] : longer
  }
  return ways.map((way) => {
    const left = segments.filter((segment) => !way.includes(segment)).map((segment) => nameOf(segment))
    return {
      template: `/${way.map((segment) => (segment.kind === 'literal' ? segment.text : `{${segment.name}}`)).join('/')}`,
      shape: `/${way.map((segment) => (segment.kind === 'literal' ? segment.text : '{}')).join('/')}`,
      names: way.map(nameOf).filter((name) => name !== ''),
      suffix: left.length === 0 ? '' : `Without${left.map(capitalize).join('And')}`,
    }
  })
}

function nameOf(segment: Segment): string {
  return segment.kind === 'literal' ? '' : segment.name
}
