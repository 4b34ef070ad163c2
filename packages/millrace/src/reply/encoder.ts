import type { RequestContext } from '../input/context.ts'
import { holdBody } from '../input/holdBody.ts'
import type { Plan } from '../plan/plan.ts'
import { Answer } from '../serve/answer.ts'
import { isPromise, type MaybePromise } from '../serve/maybePromise.ts'
import { isResponse } from '../serve/webClasses.ts'
import { FileReply } from './file/FileReply.ts'
import { measured } from './MeasuredStream.ts'
import { Reply } from './Reply.ts'
import { answerOf } from './responseAnswer.ts'
import { compileWrite, type EncodeOptions, type Write } from './write.ts'

/** Writes a handler's result as an answer. @throws {ResponseError} when it does not fit its schema */
export type Encode = (result: unknown, context: RequestContext) => MaybePromise<Answer>

/** Writes what an error handler returns as an answer that tells of the error. */
export type EncodeError = (
  value: unknown,
  status: number,
  context: RequestContext,
  error: unknown,
) => MaybePromise<Answer>

/** Compiles how the results of an operation are written. */
export function compileEncode(plan: Plan, options: EncodeOptions): Encode {
  const name = `${plan.method} ${plan.path}`
  const writeOwn = compileWrite(plan.reply, name, options)
  const writeAny = compileWrite({ kind: 'any' }, name, options)
  const others = new Map([...plan.replies].map(([status, reply]) => [status, compileWrite(reply, name, options)]))
  // `response.status` may have chosen one that is declared with a schema of its own.
  const writeByStatus: Write = (value, status, context) =>
    (status === plan.status ? writeOwn : (others.get(status) ?? writeOwn))(value, status, context)
  const write = compileResult(
    others.size === 0 ? writeOwn : writeByStatus,
    (status) => others.get(status) ?? (status === plan.status ? writeOwn : writeAny),
    plan.reply.kind === 'file' ? writeOwn : writeAny,
  )
  return (result, context) => {
    const answer = write(result, context['~draft']?.status ?? plan.status, context)
    if (isPromise(answer)) return answer.then((whole) => measured(withDraft(whole, context), context))
    return measured(withDraft(answer, context), context)
  }
}

/** Compiles how what error handlers return is written: an answer that tells of its error. */
export function compileEncodeError(options: EncodeOptions): EncodeError {
  const writeAny = compileWrite({ kind: 'any' }, 'an error handler', options)
  const write = compileResult(writeAny, () => writeAny, writeAny)
  return (value, status, context, error) => {
    const answer = write(value, status, context)
    return isPromise(answer) ? answer.then((whole) => whole['~copy'](error)) : answer['~copy'](error)
  }
}

/** An answer, a `Response` or a file stands for itself, a `reply()` is written by its status, and anything else by `writeResult`. */
function compileResult(writeResult: Write, writeReply: (status: number) => Write, writeFile: Write): Write {
  return (result, status, context) => {
    if (typeof result === 'object' && result !== null) {
      if (result instanceof Reply)
        return withHeaders(writeReply(result.status)(result.value, result.status, context), result.headers)
      // It may be one for all requests, and what is added for this one must not stay with it.
      if (result instanceof Answer) return holdBody(result['~copy'](), context)
      if (isResponse(result)) return answerOf(result, context)
      if (result instanceof FileReply) return writeFile(result, status, context)
    }
    return writeResult(result, status, context)
  }
}

function withHeaders(answer: MaybePromise<Answer>, headers: Reply['headers']): MaybePromise<Answer> {
  if (!headers) return answer
  if (isPromise(answer)) return answer.then((whole) => withHeaders(whole, headers))
  for (const [name, value] of Object.entries(headers)) answer.headers.set(name, value)
  return answer
}

function withDraft(answer: Answer, context: RequestContext): Answer {
  const draft = context['~draft']
  if (!draft) return answer
  // What an answer depends on is all that either of them says.
  if (draft.headers.has('vary'))
    for (const [name, value] of answer.headers) if (name === 'vary') draft.headers.vary(value)
  for (const [name] of draft.headers) if (name !== 'set-cookie') answer.headers.delete(name)
  answer.headers.flat.push(...draft.headers.flat)
  const trailers = draft['~takeTrailers']()
  if (trailers === undefined) return answer
  if (answer.trailers) answer.trailers.addAll(trailers)
  else answer.trailers = trailers
  return answer
}
