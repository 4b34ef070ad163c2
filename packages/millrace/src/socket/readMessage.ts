import type { StandardSchemaV1 } from '@standard-schema/spec'
import { issuesOf } from '../check/issues.ts'
import { validatorOf } from '../check/validator.ts'
import { HttpError } from '../errors/HttpError.ts'
import { MessageError, type MessageErrorCode } from '../errors/MessageError.ts'
import { parseJson } from '../input/json.ts'
import { compileValueLimit } from '../input/valueLimit.ts'
import type { Schema } from '../plan/schema.ts'
import type { SocketPlan } from '../plan/socketPlan.ts'
import { isPromise, type MaybePromise } from '../serve/maybePromise.ts'

/** A message as it came. Text is known to be UTF-8. */
export interface RawMessage {
  readonly data: Buffer
  readonly isBinary: boolean
}

/** What the handler receives. @throws {MessageError} */
export type ReadMessage = (message: RawMessage) => MaybePromise<unknown>

/** Compiles how messages of the client are read and checked. */
export function compileReadMessage({ receive, maxMessageValues }: SocketPlan): ReadMessage {
  switch (receive.kind) {
    case 'any':
      return ({ data, isBinary }) => (isBinary ? bytesOf(data) : data.toString('utf8'))
    case 'text':
      return ({ data, isBinary }) => (isBinary ? unsupported('text, not binary') : data.toString('utf8'))
    case 'bytes':
      return ({ data, isBinary }) => (isBinary ? bytesOf(data) : unsupported('binary, not text'))
    case 'json':
      return compileReadJson(receive.schema, maxMessageValues)
  }
}

function compileReadJson(schema: Schema, maxValues: number): ReadMessage {
  const validate = validatorOf(schema, 'fresh')
  const limit = compileValueLimit({ kind: 'json', schema }, maxValues)
  return ({ data, isBinary }) => {
    if (isBinary) return unsupported('JSON in a text message, not binary')
    const raw = parse(data.toString('utf8'), limit)
    const result = validate(raw)
    return isPromise(result) ? result.then((settled) => checked(settled, raw)) : checked(result, raw)
  }
}

function checked(result: StandardSchemaV1.Result<unknown>, raw: unknown): unknown {
  if (!result.issues) return result.value
  const issues = issuesOf(result.issues, 'body', raw).map(({ path, code, message }) => ({ path, code, message }))
  throw new MessageError('invalid_message', 'The message is not valid', issues)
}

function parse(text: string, limit: ((text: string) => void) | undefined): unknown {
  try {
    limit?.(text)
    return parseJson(text)
  } catch (error) {
    if (!(error instanceof HttpError)) throw error
    // The stages of a request speak of its body.
    throw new MessageError(error.code as MessageErrorCode, error.detail.replace('The body', 'The message'))
  }
}

/** Without the rest of the packet that it came in. */
function bytesOf(data: Buffer): Uint8Array {
  return new Uint8Array(data)
}

function unsupported(expected: string): never {
  throw new MessageError('unsupported_message', `The message has to be ${expected}`)
}
