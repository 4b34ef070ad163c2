import type { Opened, RequestContext } from '../input/context.ts'
import { close, closeWith, type Swallowed } from './generator.ts'

/** Closes what has the given scope, newest first. @throws the first failure, after all have been closed */
export async function closeScope(context: RequestContext, scope: Opened['scope']): Promise<void> {
  const failures: unknown[] = []
  for (const { generator, label } of take(context, scope)) {
    try {
      await close(generator, label)
    } catch (error) {
      failures.push(error)
    }
  }
  if (failures.length > 0)
    throw failures.length === 1 ? failures[0] : new AggregateError(failures, 'Several cleanups failed')
}

/**
 * Throws an error into everything that is open, newest first, so that each can roll back, and closes it.
 * Resolves to the error to answer with: a dependency may throw another in its place.
 */
export async function closeAllWith(
  context: RequestContext,
  error: unknown,
  swallowed: Swallowed = 'told',
): Promise<unknown> {
  let current = error
  for (const { generator, label } of take(context)) current = await closeWith(generator, label, current, swallowed)
  return current
}

/** Removes and returns what is open, newest first. */
function take(context: RequestContext, scope?: Opened['scope']): Opened[] {
  const opened = context['~opened']
  if (!opened) return []
  const taken = opened.filter((one) => scope === undefined || one.scope === scope)
  context['~opened'] = opened.filter((one) => !taken.includes(one))
  return taken.reverse()
}
