import { HttpError } from '../../errors/HttpError.ts'
import { isLogged, markLogged } from '../../errors/logged.ts'
import { withoutFrames } from '../../errors/withoutFrames.ts'
import {
  CallerLimitError,
  DeadlineError,
  ItemTooLargeError,
  ModelError,
  ModelUnavailableError,
  QueueFullError,
  StreamStalledError,
  TooManyItemsError,
  WorkerLostError,
} from '../errors.ts'
import { errorLike, fromPlain } from '../runtimes/errors.ts'
import { toPlain } from '../runtimes/messages.ts'
import type { SharedError } from './messages.ts'

/** An error of the process with the models, made ready for its way to the one that has asked. */
export function toSharedError(error: unknown): SharedError {
  const headers = error instanceof HttpError ? error.headers : undefined
  // What went wrong inside of the model, for the log of the process that has asked.
  const cause = error instanceof Error && error.cause !== undefined ? toPlain(error.cause) : undefined
  return { ...toPlain(error), headers, cause, isLogged: isLogged(error) }
}

/** The error as it was there: of the same class, with the same code, and logged where it was. */
export function fromSharedError(shared: SharedError): Error {
  const error = errorOf(shared)
  if (shared.isLogged) markLogged(error)
  return error
}

function errorOf(error: SharedError): Error {
  const { name, status, message, code, headers } = error
  const cause = error.cause && errorLike(error.cause)
  if (status === undefined)
    return name === 'ModelError' ? withoutFrames(() => new ModelError(code as never, message, cause)) : fromPlain(error)
  const made = new HttpError(status, message, {
    ...(code === undefined ? {} : { code }),
    ...(headers ? { headers } : {}),
    ...(cause ? { cause } : {}),
  })
  const errorClass = classes[name]
  if (!errorClass) return made
  // Their constructors write the message, which is there already.
  Object.setPrototypeOf(made, errorClass.prototype)
  const retryAfterMs = Number(headers?.['retry-after-ms'])
  return Object.assign(made, { name }, errorClass === QueueFullError ? { retryAfterMs } : {})
}

const classes: Readonly<Record<string, typeof HttpError | (new (...args: never) => HttpError)>> = {
  QueueFullError,
  CallerLimitError,
  DeadlineError,
  ModelUnavailableError,
  ItemTooLargeError,
  StreamStalledError,
  TooManyItemsError,
  WorkerLostError,
}
