import { ContextError } from './ContextError.ts'
import { currentContext } from './currentContext.ts'

/** A value that each request has for itself. Every member throws {@link ContextError} outside of a request. */
export interface ContextValue<T> {
  /** @throws {ContextError} `no_context_value` where it has not been set */
  get(): T
  set(value: T): void
  /** Whether it has been set, or made. */
  has(): boolean
}

/**
 * Makes a value that each request has for itself, for code that no context is handed to: what Flask's `g` is
 * for, with a type. Where a handler needs a value, a dependency is the better place.
 *
 * @param name for messages
 * @param make the value of a request that has none yet, when it is first asked for
 *
 * @example
 * const tenant = contextValue<string>('tenant')
 * app.use((context, next) => {
 *   tenant.set(context.header('x-tenant') ?? 'public')
 *   return next()
 * })
 * export const table = (name: string) => `${tenant.get()}.${name}`
 */
export function contextValue<T>(name: string, make?: () => T): ContextValue<T> {
  // Gone with the context.
  const values = new WeakMap<object, { readonly value: T }>()
  return {
    get: () => {
      const context = currentContext()
      const held = values.get(context)
      if (held) return held.value
      if (!make)
        throw new ContextError('no_context_value', `The context value '${name}' has not been set for this request`)
      const value = make()
      values.set(context, { value })
      return value
    },
    set: (value) => void values.set(currentContext(), { value }),
    has: () => values.has(currentContext()),
  }
}
