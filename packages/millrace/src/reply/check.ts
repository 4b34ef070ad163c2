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
  const result = validate(value)
  return isPromise(result)
    ? result.then((settled) => use(fitting(settled, operation)))
    : use(fitting(result, operation))
}

function fitting(result: Awaited<ReturnType<Validate>>, operation: string): unknown {
  if (result.issues) throw new ResponseError(operation, describeIssues(result.issues))
  return result.value
}
