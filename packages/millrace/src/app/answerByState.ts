import type { Compiled } from '../compile/compileApp.ts'
import { codedError } from '../errors/codedError.ts'
import type { RequestContext } from '../input/context.ts'
import type { ReplyRules } from '../reply/replyRules.ts'
import type { Core } from '../run/middleware.ts'
import type { Answer } from '../serve/answer.ts'
import type { Compilation } from './compilation.ts'
import type { Lifecycle } from './lifecycle.ts'

/** Answers requests while the app is up, and says in every other state that it is not; health checks in all of them. */
export function answerByState(
  compilation: Compilation,
  lifecycle: Lifecycle,
  errorAnswer: ReplyRules['errorAnswer'],
): Core {
  const refuse = (context: RequestContext, isLate: boolean): Answer => {
    const { state, startedFor } = lifecycle
    const code = state === 'stopped' || isLate ? 'stopping' : 'starting'
    const detail = startedFor ? `The app runs the command '${startedFor}' alone` : `The server is ${code}`
    return errorAnswer(codedError(code, detail, { headers: { 'retry-after': '1' } }), false, context)
  }
  return (context) => {
    const { state, startedFor } = lifecycle
    // One that begins now would outlast the others.
    const isLate = state === 'stopping' && context['~exchange'].isUpgrade
    if ((state !== 'ready' && state !== 'stopping') || isLate || startedFor !== undefined)
      return compilation.latest?.answerDirect(context) ?? refuse(context, isLate)
    let ready: Compiled
    try {
      ready = compilation.compiled()
    } catch (error) {
      context.log.error('The app does not compile', { error })
      return errorAnswer(error, compilation.isDebug, context)
    }
    return ready.answer(context)
  }
}
