import { HttpError } from '../errors/HttpError.ts'

/**
 * Thrown when a model's queue is full. Answered with 503, code `queue_full`; `retry-after` and
 * `retry-after-ms` say when there should be room, by the rate measured so far.
 */
export class QueueFullError extends HttpError {
  override readonly name: string = 'QueueFullError'
  /** Milliseconds until there should be room. */
  readonly retryAfterMs: number

  constructor(model: string, retryAfterMs: number) {
    super(503, `The model '${model}' has as much to do as it can take: try again later`, {
      code: 'queue_full',
      headers: retryHeaders(retryAfterMs),
    })
    this.retryAfterMs = retryAfterMs
  }
}

/** Thrown when one caller has as much queued as it may. Answered with 429, code `caller_limit`. */
export class CallerLimitError extends HttpError {
  override readonly name: string = 'CallerLimitError'

  constructor(model: string, limit: number, retryAfterMs: number) {
    super(429, `No more than ${limit} calls of one caller may wait for the model '${model}'`, {
      code: 'caller_limit',
      headers: retryHeaders(retryAfterMs),
    })
  }
}

/** Thrown when a result was not there by its deadline, or cannot be. Answered with 504, code `deadline_passed`. */
export class DeadlineError extends HttpError {
  override readonly name: string = 'DeadlineError'

  constructor(model: string, detail: string) {
    super(504, `The model '${model}' ${detail}`, { code: 'deadline_passed' })
  }

  /** @param deadlineMs as the caller had asked for it; told in whole milliseconds */
  static of(model: string, deadlineMs: number): DeadlineError {
    return new DeadlineError(model, `did not answer within ${Math.ceil(deadlineMs)} ms`)
  }
}

/**
 * Thrown to the reader of a stream that has not taken the next piece in time, so that others can have its lane. Code
 * `stream_stalled`; its status, 408, stands in the problem at the end of the stream.
 */
export class StreamStalledError extends HttpError {
  override readonly name: string = 'StreamStalledError'

  constructor(model: string, stallTimeoutMs: number) {
    super(408, `The stream of the model '${model}' was not read on for ${stallTimeoutMs} ms`, {
      code: 'stream_stalled',
    })
  }
}

/** Thrown when a model cannot be reached: not loaded, crashed too often, or closed. Answered with 503, code `model_unavailable`. */
export class ModelUnavailableError extends HttpError {
  override readonly name: string = 'ModelUnavailableError'

  constructor(model: string, detail: string, cause?: unknown) {
    super(503, `The model '${model}' ${detail}`, { code: 'model_unavailable', headers: { 'retry-after': '1' }, cause })
  }
}

/**
 * Thrown when the thread or process that had the call has ended. It is started again, and what it had is not at fault as
 * far as anybody knows: answered with 503, code `worker_lost`, and `retry-after`.
 */
export class WorkerLostError extends HttpError {
  override readonly name: string = 'WorkerLostError'

  /** @param what has become of the worker, for the log: it is the message of `cause` */
  constructor(what: string, why?: unknown) {
    super(503, 'The worker that had this call has ended: try again', {
      code: 'worker_lost',
      headers: retryHeaders(1_000),
      cause: new Error(what, why === undefined ? undefined : { cause: why }),
    })
  }
}

/** Thrown when an item is more than one batch can take. Answered with 413, code `item_too_large`. */
export class ItemTooLargeError extends HttpError {
  override readonly name: string = 'ItemTooLargeError'

  constructor(model: string, cost: number, maxCost: number) {
    super(413, `One item costs ${cost}, and the model '${model}' takes ${maxCost} at most`, { code: 'item_too_large' })
  }
}

/**
 * Thrown when several items are asked for at once, and are more than the queue, or one caller, may ever have. Answered
 * with 413, code `too_many_items`.
 */
export class TooManyItemsError extends HttpError {
  override readonly name: string = 'TooManyItemsError'

  constructor(model: string, count: number, most: number) {
    super(413, `${count} items are more than the model '${model}' takes at once: ${most} at most`, {
      code: 'too_many_items',
    })
  }
}

/**
 * Thrown when a model failed: its code threw, it took too long, or the results do not match the batch. It is a fault of the server: answered with 500; the message goes to the log only.
 */
export class ModelError extends Error {
  override readonly name: string = 'ModelError'
  readonly code: 'model_failed' | 'wrong_result_count' | 'batch_timeout'

  constructor(code: ModelError['code'], message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.code = code
  }
}

function retryHeaders(ms: number): Record<string, string> {
  return {
    'retry-after': String(Math.max(1, Math.ceil(ms / 1000))),
    'retry-after-ms': String(Math.max(1, Math.ceil(ms))),
  }
}
