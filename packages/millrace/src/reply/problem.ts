import { codes, titleOf } from '../errors/codes.ts'
import { HttpError } from '../errors/HttpError.ts'
import { ResponseError } from '../errors/ResponseError.ts'
import { Answer } from '../serve/answer.ts'
import { HeaderList } from '../serve/headers.ts'
import { toJson } from './json.ts'

/** A problem object (RFC 9457). */
export interface Problem {
  readonly type: string
  readonly title: string
  readonly status: number
  readonly detail: string
  readonly code?: string
  readonly [extra: string]: unknown
}

/**
 * What is told of an error. Of an {@link HttpError}: all of it but its cause. Of any other error: that there
 * was one; with `isDebug`, its message and stack too.
 */
export function problemOf(error: unknown, isDebug: boolean): Problem {
  if (error instanceof HttpError) {
    const { status, detail, code, extra } = error
    const own = { status, detail, ...(code === undefined ? {} : { code }) }
    // Further members may tell another type and title, but nothing else than the error does.
    return { type: 'about:blank', title: titleOf(status), ...own, ...extra, ...own }
  }
  const code = error instanceof ResponseError ? 'invalid_response' : 'internal_error'
  const { status, title } = codes[code]
  const problem: Problem = {
    type: 'about:blank',
    title,
    status,
    detail: 'The server failed to answer this request',
    code,
  }
  if (!isDebug) return problem
  const thrown = error instanceof Error ? error : new Error(String(error))
  return { ...problem, detail: thrown.message, stack: [...stackOf(thrown)] }
}

/** The lines of an error's stack, and of those of its causes. */
function* stackOf(error: Error): Generator<string> {
  let one: unknown = error
  // An error may be its own cause, by way of others.
  for (let depth = 0; one instanceof Error && depth < 5; depth++) {
    if (one !== error) yield `Caused by ${one.name}: ${one.message}`
    for (const line of one.stack?.split('\n').slice(1) ?? []) if (line.trim() !== '') yield line.trim()
    one = one.cause
  }
}

/** An answer of `application/problem+json`. */
export function problemAnswer(error: unknown, isDebug: boolean): Answer {
  const problem = problemOf(error, isDebug)
  const headers = HeaderList['~of']('content-type', 'application/problem+json')
  const answer = new Answer(problem.status, headers, toJson(problem), error)
  if (error instanceof HttpError && error.headers)
    for (const [name, value] of Object.entries(error.headers)) answer.headers.set(name, value)
  return answer
}
