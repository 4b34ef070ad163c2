import { RequestContext } from '../input/context.ts'
import type { ContextHost } from '../input/contextHost.ts'
import { runWithin } from '../input/runWithin.ts'
import type { ReplyRules } from '../reply/replyRules.ts'
import { withTrailers } from '../reply/TrailedStream.ts'
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
    if (ready.trailers) withTrailers(ready, ready.trailers, context)
    if (events.areWatched) events.answered(context, ready)
    let given = ready
    let sent: void | Promise<void>
    try {
      sent = context['~exchange'].send(ready)
    } catch (error) {
      context.log.error('An answer could not be sent', { error })
      given = replies.errorAnswer(error, false, context)
      if (events.areWatched) events.replaced(context, given, error)
      sent = context['~exchange'].send(given)
    }
    if (isPromise(sent) || hasLeftovers(context)) return void endLater(context, given, sent)
    if (events.areWatched) events.sent(context, given)
    context['~isOver'] = true
    end(context, given)
  }
  const endLater = async (context: RequestContext, given: Answer, sent: void | Promise<void>): Promise<void> => {
    inFlight.enter(context)
    try {
      await sent
      if (events.areWatched) events.sent(context, given)
      await finish(context)
    } finally {
      end(context, given)
    }
  }
  const end = (context: RequestContext, given: Answer): void => {
    if (events.areWatched) events.ended(context, given)
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
