import { type ContextHost, RequestContext } from '../input/context.ts'
import { runWithin } from '../input/runWithin.ts'
import type { ReplyRules } from '../reply/replyRules.ts'
import { finish, hasLeftovers } from '../run/finish.ts'
import type { Core } from '../run/middleware.ts'
import type { Answer } from '../serve/answer.ts'
import type { ExchangeHandler } from '../serve/exchange.ts'
import { isPromise } from '../serve/maybePromise.ts'
import type { Events } from './events.ts'
import type { InFlight } from './inFlight.ts'

/** Answers each request, sends the answer, does what is left to do, and counts it as in flight until then. */
export function handleBy(
  inFlight: InFlight,
  host: ContextHost,
  { events, replies }: { readonly events: Events; readonly replies: ReplyRules },
  answer: Core,
): ExchangeHandler {
  const send = (context: RequestContext, ready: Answer): void => {
    if (events.areWatched) events.answered(context, ready)
    const sent = trySend(context, ready, replies)
    if (!isPromise(sent) && !hasLeftovers(context)) {
      context['~isOver'] = true
      return end(context, ready)
    }
    inFlight.enter(context)
    void Promise.resolve(sent)
      .then(() => finish(context))
      .finally(() => end(context, ready))
  }
  const end = (context: RequestContext, ready: Answer): void => {
    if (events.areWatched) events.ended(context, ready)
    inFlight.leave(context)
  }
  const handle = (context: RequestContext): void => {
    if (events.areWatched) events.started(context)
    const answered = answer(context)
    if (!isPromise(answered)) return send(context, answered)
    inFlight.enter(context)
    void answered.then((ready) => send(context, ready))
  }
  return (exchange) => {
    const context = new RequestContext(exchange, host)
    const run = runWithin()
    if (run === undefined) handle(context)
    else run(context, handle, context)
  }
}

function trySend(context: RequestContext, answer: Answer, { errorAnswer }: ReplyRules): void | Promise<void> {
  try {
    return context['~exchange'].send(answer)
  } catch (error) {
    context.log.error('An answer could not be sent', { error })
    return context['~exchange'].send(errorAnswer(error, false, context))
  }
}
