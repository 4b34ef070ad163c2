import { closeAllWith, closeScope } from '../depend/cleanup.ts'
import { SocketClosedError } from '../errors/SocketClosedError.ts'
import type { RequestContext } from '../input/context.ts'
import type { Callable } from '../plan/dependency.ts'
import { type Close, closeOf, goingAway, internalError } from './closeOf.ts'

/** How a handler has ended. */
export interface Outcome {
  readonly isFailure: boolean
  readonly error: unknown
}

/** Calls the handler. Never rejects. */
export async function runHandler(handler: Callable, context: RequestContext): Promise<Outcome> {
  try {
    await handler(context)
    return { isFailure: false, error: undefined }
  } catch (error) {
    return { isFailure: true, error }
  }
}

/** What a session knows of its end. */
export interface Ending {
  /** Whether the server is about to stop. */
  readonly isDraining: boolean
  /** An error that has been logged where it came up. */
  readonly logged: unknown
}

/** Closes what a handler has used. Returns the error that it has ended with after all, if any. */
export async function closeUsed({ isFailure, error }: Outcome, context: RequestContext): Promise<unknown> {
  return isFailure ? await rollBack(context, error) : await closeHandlerScope(context)
}

/** How a WebSocket is closed after its handler, by the error of that. Logs one that nobody was meant to throw. */
export function closeAfter(error: unknown, context: RequestContext, { isDraining, logged }: Ending): Close {
  if (error === undefined || error instanceof SocketClosedError) return isDraining ? goingAway : regular
  const close = closeOf(error)
  if (!close && error !== logged) context.log.error('A WebSocket failed', { error, path: context.path })
  return close ?? internalError
}

const regular: Close = { code: 1000, reason: '' }

async function rollBack(context: RequestContext, thrown: unknown): Promise<unknown> {
  const error = context['~causeOf'](thrown)
  // A client that leaves is no failure of the handler.
  if (!(error instanceof SocketClosedError)) context['~work'] = undefined
  return await closeAllWith(context, error)
}

async function closeHandlerScope(context: RequestContext): Promise<unknown> {
  try {
    await closeScope(context, 'handler')
    return undefined
  } catch (error) {
    return await rollBack(context, error)
  }
}
