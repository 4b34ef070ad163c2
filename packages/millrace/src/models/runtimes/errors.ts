import { HttpError } from '../../errors/HttpError.ts'
import { ModelError } from '../errors.ts'
import { type PlainError, statusFor, toPlain } from './messages.ts'

/** An error of a model as an error here; with a status of its own it is for the caller to read. */
export function fromPlain({ name, message, stack, status, code }: PlainError): Error {
  if (status != null) return new HttpError(status, message, code == null ? {} : { code })
  const cause = new Error(message)
  cause.name = name
  if (stack != null) cause.stack = stack
  return new ModelError('model_failed', `${name}: ${message}`, cause)
}

/** An error of a model that runs here: the same rule as for one that comes from elsewhere. */
export function forCaller(error: unknown): unknown {
  return error instanceof HttpError || statusFor(error) === undefined ? error : fromPlain(toPlain(error))
}
