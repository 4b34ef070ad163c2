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
  const words = segments.flatMap((segment, index) =>
    segment.kind === 'literal'
      ? wordsOf(segment.text === '' && index > 0 ? 'slash' : segment.text)
      : [segment.kind === 'rest' ? 'Rest' : 'By', ...wordsOf(segment.name)],
  )
  const name = words.map(capitalize).join('')
  return method.toLowerCase() + (name || 'Root')
}

function wordsOf(text: string): string[] {
  return /^[A-Za-z0-9]+$/.test(text) ? [text] : text.split(/[^A-Za-z0-9]+/).filter(Boolean)
}

export function capitalize(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1)
}
