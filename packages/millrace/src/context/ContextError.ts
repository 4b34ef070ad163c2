/**
 * Thrown where code looks for a request and there is none: at start-up, in a timer, in a test of a function by
 * itself. Also where a {@link ContextValue} is read before it has been set.
 */
export class ContextError extends Error {
  override readonly name: string = 'ContextError'
  readonly code: 'no_context' | 'no_context_value'

  constructor(code: 'no_context' | 'no_context_value', message: string) {
    super(message)
    this.code = code
  }
}
