import type { ErrorCode } from './codes.ts'
import { codes } from './codes.ts'
import { HttpError } from './HttpError.ts'
import type { Issue } from './InputError.ts'

/** One thing wrong with a message. Its value is never part of it. */
export type MessageIssue = Omit<Issue, 'in'>

/** Why a message was refused. */
export type MessageErrorCode = Extract<
  ErrorCode,
  'malformed_json' | 'unsafe_key' | 'too_many_values' | 'unsupported_message' | 'invalid_message'
>

const closeCodes: Readonly<Record<MessageErrorCode, number>> = {
  malformed_json: 1007,
  unsafe_key: 1008,
  too_many_values: 1009,
  unsupported_message: 1003,
  invalid_message: 1008,
}

/**
 * Thrown by `receive()` for a message that is not what the operation declares. One that nobody catches closes
 * the WebSocket with {@link closeCode}; one that is caught has cost nothing but that message.
 */
export class MessageError extends HttpError {
  override readonly name: string = 'MessageError'
  readonly issues: readonly MessageIssue[]
  /** RFC 6455, section 7.4.1: 1007 for what is not JSON, 1008 for what does not fit its schema. */
  readonly closeCode: number
  /** Of the close frame: the code, and the first issue. */
  readonly reason: string

  constructor(code: MessageErrorCode, detail: string, issues: readonly MessageIssue[] = []) {
    super(codes[code].status, detail, { code, ...(issues.length > 0 ? { extra: { errors: issues } } : {}) })
    this.issues = issues
    this.closeCode = closeCodes[code]
    const [first] = issues
    this.reason = first ? `${code}: ${first.path.join('.') || '(root)'}: ${first.message}` : code
  }
}
