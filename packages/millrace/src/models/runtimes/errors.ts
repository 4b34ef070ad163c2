import { HttpError } from '../../errors/HttpError.ts'
import { withoutFrames } from '../../errors/withoutFrames.ts'
import { ModelError } from '../errors.ts'
import { type PlainError, statusFor, toPlain } from './messages.ts'

/** An error of a model as an error here; with a status of its own it is for the caller to read. */
export function fromPlain(plain: PlainError): Error {
  const { name, message, status, code } = plain
  if (status != null) return new HttpError(status, message, code == null ? {} : { code })
  const cause = errorLike(plain)
  // Where it came about the cause says; frames of Millrace's own would say nothing.
  return withoutFrames(() => new ModelError('model_failed', `${name}: ${message}`, cause))
}

/** An error that reads as it did where it was thrown: for the log. */
export function errorLike({ name, message, stack }: PlainError): Error {
  const error = withoutFrames(() => new Error(message))
  error.name = name
  if (stack != null) error.stack = stack
  return error
}

/** An error of a model that runs here: the same rule as for one that comes from elsewhere. */
export function forCaller(error: unknown): unknown {
  return error instanceof HttpError || statusFor(error) === undefined ? error : fromPlain(toPlain(error))
}
