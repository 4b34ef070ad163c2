import type { Validate } from '../check/validator.ts'
import type { RequestContext } from '../input/context.ts'
import type { Schema } from '../plan/schema.ts'
import type { Answer } from '../serve/answer.ts'
import type { WriteFitting } from './compiledJson/compileJson.ts'
import type { MalformedRange } from './file/ranges.ts'

/** How values and errors are written: the part of replies in a profile. */
export interface ReplyRules {
  /** How a value is checked by the schema of a reply, or of a stream's items. */
  readonly validatorOf: (schema: Schema) => Validate
  /**
   * How a value that surely fits the schema of a reply is checked and written at once; `undefined` for a profile that has
   * no such way. What it writes is what `toJson` would.
   */
  readonly writeFittingOf: ((schema: Schema) => WriteFitting) | undefined
  /** Writes JSON. */
  readonly toJson: (value: unknown) => string
  /** What follows the JSON of a whole reply. */
  readonly jsonEnd: '' | '\n'
  /** What is made of the JSON of a stream's item that no schema declares; `undefined` where it stays as it is. */
  readonly undeclaredItem: ((json: string) => string) | undefined
  /** The type that an answer without a body is given all the same; `undefined` for none. */
  readonly emptyMediaType: string | undefined
  /** What is said of a string that a handler without a response schema returns; `undefined` for JSON. */
  readonly textMediaType: string | undefined
  /** What a handler answers that returns nothing: 204, or the `null` of JSON. */
  readonly nothing: 'empty' | 'null'
  /**
   * The answer that tells of an error.
   *
   * @param context of the request, where there is one
   */
  readonly errorAnswer: (error: unknown, isDebug: boolean, context: RequestContext | undefined) => Answer
  /** What is answered to a request for a part of a file that makes no sense. */
  readonly malformedRange: MalformedRange
  /** What a stream sends when no event has come for a while. */
  readonly heartbeat: string
}
