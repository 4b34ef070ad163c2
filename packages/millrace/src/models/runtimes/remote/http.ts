import { HttpError } from '../../../errors/HttpError.ts'
import { ModelError } from '../../errors.ts'
import { boundedResponse } from './boundedResponse.ts'
import { Breaker, type BreakerOptions } from './breaker.ts'
import { failureOf, RetryableError, retryHeaders, StatusError, statusErrorOf } from './failures.ts'
import { Patience, pause } from './patience.ts'

/** How a remote server is called. */
export interface RemoteCallOptions {
  /** Such as `http://127.0.0.1:8000`; where it ends in `/v1`, as clients of OpenAI have it, that is not added again. */
  readonly url: string
  /** Sent with each call, such as `authorization`. */
  readonly headers?: Readonly<Record<string, string>>
  /** For one try, to the end of its answer, in milliseconds; for a stream, to its next piece. Default 30,000. */
  readonly timeoutMs?: number
  /** After a failure that may pass: a lost connection, 408, 429, 500 and above. Default 2. */
  readonly retries?: number
  /** Of one answer that is read whole, or of one event of a stream. Default 64 MiB; a larger one fails the batch. */
  readonly maxResponseBytes?: number
  readonly breaker?: BreakerOptions
}

/** What is posted to a server. */
export interface RemoteRequest {
  readonly path: string
  readonly body: string | Uint8Array<ArrayBuffer>
  readonly headers: Readonly<Record<string, string>>
}

/** Makes of a whole answer what it says. */
export type Read<T> = (bytes: Uint8Array<ArrayBuffer>, headers: Headers) => T

const firstDelayMs = 100
/** A server that wants to be left alone for longer is not waited for. */
const longestDelayMs = 5_000

/** Of what {@link RemoteCallOptions} do not say. */
const callDefaults = { timeoutMs: 30_000, retries: 2, maxResponseBytes: 64 * 1024 * 1024 } as const

/**
 * Calls one remote server, over connections that are kept and used again (those of `fetch`).
 *
 * Failures are answered with 502, code `remote_failed`, or 503 where the server has too much to do; a server that is
 * silent for too long with 504, `remote_timeout`; one that has failed too often is left alone, 503,
 * `remote_unavailable`. What the server says is wrong with the input is passed on with 422, `remote_refused`.
 */
export class RemoteServer {
  /** See {@link RemoteCallOptions.maxResponseBytes}. */
  readonly maxResponseBytes: number
  readonly #options: RemoteCallOptions
  readonly #timeoutMs: number
  readonly #breaker: Breaker

  constructor(options: RemoteCallOptions) {
    this.#options = options
    this.#timeoutMs = options.timeoutMs ?? callDefaults.timeoutMs
    this.maxResponseBytes = options.maxResponseBytes ?? callDefaults.maxResponseBytes
    this.#breaker = new Breaker(options.breaker ?? {})
  }

  /** Posts and reads the whole answer. Retries what may pass. */
  async post<T>(request: RemoteRequest, signal: AbortSignal, read: Read<T>): Promise<T> {
    const { retries = callDefaults.retries } = this.#options
    for (let attempt = 0; ; attempt++) {
      try {
        return await this.#attempt(request, signal, read)
      } catch (error) {
        if (attempt >= retries || !(error instanceof RetryableError) || signal.aborted) throw error
        const delayMs = error.retryAfterMs ?? Math.min(longestDelayMs, firstDelayMs * 2 ** attempt)
        if (delayMs > longestDelayMs) throw error
        await pause(delayMs, signal)
      }
    }
  }

  /** Posts and hands over the answer while it comes. It is not retried: pieces may have been used already. */
  async *stream(request: RemoteRequest, signal: AbortSignal): AsyncGenerator<Uint8Array, void, undefined> {
    this.#enter()
    const patience = new Patience(this.#timeoutMs)
    const left = new AbortController()
    let isSettled = false
    try {
      const response = await this.#fetch(request, AbortSignal.any([signal, left.signal, patience.signal]))
      for await (const chunk of response.body as ReadableStream<Uint8Array>) {
        // Not at the end, which a reader that leaves never sees; others need not wait that long either.
        if (!isSettled) this.#breaker.succeed()
        isSettled = true
        patience.rest()
        yield chunk
        patience.resume()
      }
    } catch (error) {
      isSettled = true
      throw this.#failed(error, signal, patience.isOver)
    } finally {
      patience.rest()
      if (!isSettled) this.#breaker.forget()
      left.abort()
    }
  }

  async #attempt<T>(request: RemoteRequest, signal: AbortSignal, read: Read<T>): Promise<T> {
    this.#enter()
    const patience = new Patience(this.#timeoutMs)
    try {
      const response = await this.#fetch(request, AbortSignal.any([signal, patience.signal]))
      const bytes = new Uint8Array(await boundedResponse(response, this.maxResponseBytes).arrayBuffer())
      const result = readable(() => read(bytes, response.headers))
      this.#breaker.succeed()
      return result
    } catch (error) {
      throw this.#failed(error, signal, patience.isOver)
    } finally {
      patience.rest()
    }
  }

  async #fetch({ path, body, headers }: RemoteRequest, signal: AbortSignal): Promise<Response> {
    const response = await fetch(urlOf(this.#options.url, path), {
      method: 'POST',
      body,
      headers: { ...this.#options.headers, ...headers },
      signal,
    })
    if (response.ok) return response
    throw await statusErrorOf(response)
  }

  #enter(): void {
    const waitMs = this.#breaker.enter(performance.now())
    if (waitMs === 0) return
    throw new HttpError(503, 'The server behind this model has failed too often and is left alone for a while', {
      code: 'remote_unavailable',
      headers: retryHeaders(waitMs),
    })
  }

  /** What the caller is told of a failure. */
  #failed(error: unknown, signal: AbortSignal, isLate: boolean): unknown {
    if (signal.aborted) {
      this.#breaker.forget()
      return signal.reason
    }
    if (error instanceof StatusError && error.isCallersFault) {
      this.#breaker.succeed()
      return new HttpError(422, `The model refused the input: ${error.message}`, { code: 'remote_refused' })
    }
    this.#breaker.fail(performance.now())
    return failureOf(error, isLate)
  }
}

/** Below the path of the server's URL, of which a version at its end is that of the path, too. */
function urlOf(server: string, path: string): URL {
  const url = new URL(server)
  url.pathname = url.pathname.replace(/\/$/, '').replace(/\/v1$/, path.startsWith('/v1/') ? '' : '/v1') + path
  return url
}

/** @throws {ModelError} where an answer that is whole cannot be read */
export function readable<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (error instanceof ModelError) throw error
    const why = error instanceof Error ? error.message : String(error)
    throw new ModelError('model_failed', `The answer of the remote server cannot be read: ${why}`, error)
  }
}
