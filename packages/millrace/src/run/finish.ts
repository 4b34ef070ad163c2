import { closeScope } from '../depend/cleanup.ts'
import type { RequestContext } from '../input/context.ts'

/** Whether there is anything left to do once the answer has been sent. */
export function hasLeftovers(context: RequestContext): boolean {
  return (
    context['~work'] !== undefined ||
    (context['~opened']?.length ?? 0) > 0 ||
    context['~running'] !== undefined ||
    context['~streams'] !== undefined
  )
}

/** Runs the work for after the answer, one after another, then closes what is open. Failures are logged. */
export async function finish(context: RequestContext): Promise<void> {
  // A timeout answers while the handler still runs; what the handler uses stays open until it is through.
  await context['~running']
  // Of one that was not sent, because a middleware has put something else in its place.
  for (const stream of context['~streams'] ?? []) await stream.return()
  await closeLogged(context, 'handler')
  for (const work of context['~work'] ?? []) {
    try {
      await work()
    } catch (error) {
      context.log.error('Work after the answer failed', { error })
      context['~host'].onFailure(error, context)
    }
  }
  context['~isOver'] = true
  await closeLogged(context, 'request')
}

async function closeLogged(context: RequestContext, scope: 'handler' | 'request'): Promise<void> {
  try {
    await closeScope(context, scope)
  } catch (error) {
    context.log.error('The cleanup of a dependency failed', { error })
    context['~host'].onFailure(error, context)
  }
}
