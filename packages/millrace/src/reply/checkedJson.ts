import type { Schema } from '../plan/schema.ts'
import type { MaybePromise } from '../serve/maybePromise.ts'
import { check } from './check.ts'
import type { ToJson } from './json.ts'
import type { ReplyRules } from './replyRules.ts'

/** Checks a value and writes it as JSON. @throws {ResponseError} when it does not fit */
export type CheckedJson = (value: unknown) => MaybePromise<string>

/**
 * Compiles how values of a schema are checked and written.
 *
 * @param operation its name, for messages
 * @param toJson of the reply, where it writes values in forms of its own
 */
export function compileCheckedJson(
  schema: Schema,
  operation: string,
  replies: ReplyRules,
  toJson: ToJson = replies.toJson,
): CheckedJson {
  const validate = replies.validatorOf(schema)
  const write = replies.writeFittingOf?.(schema)
  if (!write) return (value) => check(validate, value, operation, toJson)
  return (value) => write(value) ?? check(validate, value, operation, toJson)
}
