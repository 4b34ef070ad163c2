import { StartupError } from '../errors/StartupError.ts'
import { type KnownKeys, refuseUnknownOptions } from '../plan/knownOptions.ts'
import type { Middleware } from '../run/middleware.ts'
import type { Answer } from '../serve/answer.ts'
import { checkHeader } from '../serve/headers.ts'
import { isPromise } from '../serve/maybePromise.ts'

/** How requests are told apart. */
export interface RequestIdOptions {
  /** Read from the request and set on the answer. Default `x-request-id`. */
  readonly header?: string
  /** Whether the client may name the id, if it is well-formed. Default true. */
  readonly accept?: boolean
  /** Makes an id. Default: a random UUID. */
  readonly generate?: () => string
}

const keys: KnownKeys<RequestIdOptions> = {
  header: true,
  accept: true,
  generate: true,
}

// Nothing that could end a header or a log line, and not too long for either.
const wellFormed = /^[A-Za-z0-9._~+/=:@-]{1,128}$/

/**
 * Gives each request an id: the client's own or a new one. It is in `context.id`, in every log entry, and in
 * a header of every answer.
 *
 * @throws {StartupError} `invalid_option` for a header that cannot be sent
 *
 * @example
 * app.use(requestId())
 */
export function requestId(options: RequestIdOptions = {}): Middleware {
  refuseUnknownOptions(options, keys, 'requestId()')
  const { header = 'x-request-id', accept = true, generate = () => crypto.randomUUID() } = options
  const name = header.toLowerCase()
  try {
    checkHeader(header, '')
  } catch (cause) {
    throw new StartupError('invalid_option', `header of requestId(): ${(cause as Error).message}`, { cause })
  }
  return (context, next) => {
    const given = accept ? context.header(name) : undefined
    const id = given !== undefined && wellFormed.test(given) ? given : generate()
    context.id = id
    const answer = next()
    return isPromise(answer) ? answer.then((whole) => withId(whole, name, id)) : withId(answer, name, id)
  }
}

function withId(answer: Answer, name: string, id: string): Answer {
  answer.headers.set(name, id)
  return answer
}
