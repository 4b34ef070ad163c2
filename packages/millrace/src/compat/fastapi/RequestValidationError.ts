import { InputError } from '../../errors/InputError.ts'
import type { PydanticError } from './pydantic/error.ts'
import type { PydanticIssue } from './pydantic/report.ts'

/**
 * Thrown in place of a plain {@link InputError} where the app has `compat: 'fastapi'`: it lists the issues in
 * FastAPI's form, too. Answered with 422 and `{"detail": errors}`.
 *
 * @example
 * app.onError(RequestValidationError, (error) => reply(422, { detail: error.errors, body: error.body }))
 */
export class RequestValidationError extends InputError {
  override readonly name: string = 'RequestValidationError'
  readonly errors: readonly PydanticError[]
  /** The body as it came: parsed where it is JSON. */
  readonly body: unknown

  constructor(issues: readonly PydanticIssue[], body: unknown) {
    super(issues.map(({ in: location, path, code, message }) => ({ in: location, path, code, message })))
    this.errors = issues.map(({ error }) => error)
    this.body = body
  }
}
