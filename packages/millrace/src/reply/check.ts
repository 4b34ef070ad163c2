import { describeIssues } from '../check/issues.ts'
import type { Validate } from '../check/validator.ts'
import { ResponseError } from '../errors/ResponseError.ts'
import { isPromise } from '../serve/maybePromise.ts'

/** @throws {ResponseError} when a value does not fit */
export function check<T>(
  validate: Validate,
  value: unknown,
  operation: string,
  use: (value: unknown) => T,
): T | Promise<T> {
  const settle = (result: Awaited<ReturnType<Validate>>) => {
    if (result.issues) throw new ResponseError(operation, describeIssues(result.issues))
    return use(result.value)
  }
  const result = validate(value)
  return isPromise(result) ? result.then(settle) : settle(result)
}
