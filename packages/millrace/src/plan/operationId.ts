import type { Segment } from './path.ts'

/** What an `operationId` function is told of an operation. */
export interface OperationIdOptions {
  readonly method: string
  /** The whole pattern, prefixes included: `/items/:id`. */
  readonly path: string
  /** `name` of the spec, else of the handler, else made of method and path. */
  readonly name: string
  /** Those of app, routers and operation. */
  readonly tags: readonly string[]
}

/** Makes the ids of operations that do not give their own. */
export type OperationIdFunction = (options: OperationIdOptions) => string

/** A short, stable name: `GET /items/:id` is `getItemsById`, `POST /` is `postRoot`, `GET /items/` is `getItemsSlash`. */
export function operationIdOf(method: string, segments: readonly Segment[]): string {
  let name = ''
  for (const [index, segment] of segments.entries()) {
    if (segment.kind === 'literal') name += joined(segment.text === '' && index > 0 ? 'slash' : segment.text)
    else name += (segment.kind === 'rest' ? 'Rest' : 'By') + joined(segment.name)
  }
  return method.toLowerCase() + (name || 'Root')
}

/** `find-me` is `FindMe`. */
function joined(text: string): string {
  if (/^[A-Za-z0-9]+$/.test(text)) return capitalize(text)
  return text
    .split(/[^A-Za-z0-9]+/)
    .filter(Boolean)
    .map(capitalize)
    .join('')
}

export function capitalize(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1)
}
