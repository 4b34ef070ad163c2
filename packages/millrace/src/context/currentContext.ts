import { AsyncLocalStorage } from 'node:async_hooks'
import type { MiddlewareContext } from '../input/baseContext.ts'
import type { RequestContext } from '../input/context.ts'
import { setRunWithin } from '../input/runWithin.ts'
import { ContextError } from './ContextError.ts'

const storage = new AsyncLocalStorage<RequestContext>()

setRunWithin((context, work, ...args) => storage.run(context, work, ...args))

/**
 * The context of the request that is being answered, for code that it is not handed to: a logger, a query
 * builder. It is found in middleware, dependencies, handlers, streams, WebSockets, and the work after the answer, through
 * every `await`.
 *
 * Only a process that imports `millrace/context` pays for it: about 0.2 µs a request (Node 24).
 *
 * @throws {ContextError} `no_context` outside of a request
 *
 * @example
 * export const log = (message: string) => currentContext().log.info(message)
 */
export function currentContext(): MiddlewareContext {
  const context = storage.getStore()
  if (context) return context
  throw new ContextError(
    'no_context',
    'There is no request here: currentContext() and context values are for code that runs while one is answered',
  )
}

/** As {@link currentContext}, but `undefined` outside of a request. */
export function findContext(): MiddlewareContext | undefined {
  return storage.getStore()
}
