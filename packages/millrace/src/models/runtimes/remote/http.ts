import { HttpError } from '../../../errors/HttpError.ts'
import { ModelError } from '../../errors.ts'
import { boundedResponse } from './boundedResponse.ts'
import { Breaker, type BreakerOptions } from './breaker.ts'

/** How a remote server is called. */
export interface RemoteCallOptions {
  /** Such as `http://127.0.0.1:8000`. */
  readonly url: string
  /** Sent with each call, such as `authorization`. */
  readonly headers?: Readonly<Record<string, string>>
  /** For one try, to the end of its answer, in milliseconds; for a stream, between two pieces. Default 30,000. */
  readonly timeoutMs?: number
  /** After a failure that may pass: a lost connection, 408, 429, 500 and above. Default 2. */
  readonly retries?: number
  /** Of one answer that is read whole. Default 64 MiB; a larger one fails the batch. */
  readonly maxResponseBytes?: number
  readonly breaker?: BreakerOptions
}

type Body = string | Uint8Array<ArrayBuffer>

/** Statuses after which the same call may succeed. */
const passing = (status: number) => status === 408 || status === 429 || status >= 500
/** What the caller's own input is to blame for. */
const callersFault: ReadonlySet<number> = new Set([400, 413, 422])

const firstDelayMs = 100
const longestDelayMs = 5_000
const defaultMaxBytes = 64 * 1024 * 1024
/** Of an answer that tells of an error; what a larger one says is not read. */
const maxErrorBytes = 64 * 1024

/**
 * Calls one remote server, over connections that are kept and used again (those of `fetch`).
 *
 * Failures are answered with 502, code `remote_failed`; a server that is silent for too long with 504,
 * `remote_timeout`; one that has failed too often is left alone, 503, `remote_unavailable`. What the server
 * says is wrong with the input is passed on with 422, `remote_refused`.
 */
export class RemoteServer {
  readonly #options: RemoteCallOptions
  readonly #breaker: Breaker

  constructor(options: RemoteCallOptions) {
    this.#options = options
    this.#breaker = new Breaker(options.breaker ?? {})
  }

  /** Posts and reads the whole answer. Retries what may pass. */
  async post<T>(
    path: string,
    body: Body,
    headers: Readonly<Record<string, string>>,
    signal: AbortSignal,
    read: (response: Response) => Promise<T>,
  ): Promise<T> {
    const { retries = 2 } = this.#options
    for (let attempt = 0; ; attempt++) {
      try {
        return await this.#attempt(path, body, headers, signal, read)
      } catch (error) {
        if (attempt >= retries || !(error instanceof RetryableError) || signal.aborted) throw error
        await pause(error.retryAfterMs ?? Math.min(longestDelayMs, firstDelayMs * 2 ** attempt), signal)
      }
    }
  }

  /** Posts and hands over the answer while it comes. It is not retried: pieces may have been used already. */
  async *stream(
    path: string,
    body: Body,
    headers: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): AsyncGenerator<Uint8Array, void, undefined> {
    const { timeoutMs = 30_000 } = this.#options
    this.#enter()
    const late = new AbortController()
    const timer = setTimeout(() => late.abort(), timeoutMs)
    let isSettled = false
    try {
      const response = await this.#fetch(path, body, headers, AbortSignal.any([signal, late.signal]))
      for await (const chunk of response.body as ReadableStream<Uint8Array>) {
        timer.refresh()
        // Not at the end, which a reader that leaves never sees; others need not wait that long either.
        if (!isSettled) this.#breaker.succeed()
        isSettled = true
        yield chunk
      }
    } catch (error) {
      isSettled = true
      throw this.#failed(error, signal, late.signal.aborted)
    } finally {
      clearTimeout(timer)
      if (!isSettled) this.#breaker.forget()
      late.abort()
    }
  }

  async #attempt<T>(
    path: string,
    body: Body,
    headers: Readonly<Record<string, string>>,
    signal: AbortSignal,
    read: (response: Response) => Promise<T>,
  ): Promise<T> {
    this.#enter()
    const late = AbortSignal.timeout(this.#options.timeoutMs ?? 30_000)
    try {
      const response = await this.#fetch(path, body, headers, AbortSignal.any([signal, late]))
      const result = await read(boundedResponse(response, this.#options.maxResponseBytes ?? defaultMaxBytes))
      this.#breaker.succeed()
      return result
    } catch (error) {
      throw this.#failed(error, signal, late.aborted)
    }
  }

  async #fetch(
    path: string,
    body: Body,
    headers: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<Response> {
    const url = new URL(path.replace(/^\//, ''), this.#options.url.replace(/\/?$/, '/'))
    const response = await fetch(url, {
      method: 'POST',
      body,
      headers: { ...this.#options.headers, ...headers },
      signal,
    })
    if (response.ok) return response
    throw new StatusError(response.status, await said(response), retryAfterOf(response))
  }

  #enter(): void {
    const waitMs = this.#breaker.enter(performance.now())
    if (waitMs === 0) return
    throw new HttpError(503, 'The server behind this model has failed too often and is left alone for a while', {
      code: 'remote_unavailable',
      headers: { 'retry-after': String(Math.ceil(waitMs / 1_000)), 'retry-after-ms': String(Math.ceil(waitMs)) },
    })
  }

  /** What the caller is told of a failure. */
  #failed(error: unknown, signal: AbortSignal, isLate: boolean): unknown {
    if (signal.aborted) {
      this.#breaker.forget()
      return signal.reason
    }
    if (error instanceof StatusError && callersFault.has(error.status)) {
      this.#breaker.succeed()
      return new HttpError(422, `The model refused the input: ${error.message}`, { code: 'remote_refused' })
    }
    this.#breaker.fail(performance.now())
    // An answer that is whole and still wrong will be wrong again.
    if (error instanceof ModelError) return error
    if (isLate)
      return new RetryableError(504, 'remote_timeout', 'The server behind this model did not answer in time', error)
    if (!(error instanceof StatusError))
      return new RetryableError(
        502,
        'remote_failed',
        'The server behind this model cannot be reached, or broke off',
        error,
      )
    const detail = `The server behind this model answered with ${error.status}`
    if (!passing(error.status)) return new HttpError(502, detail, { code: 'remote_failed', cause: error })
    return new RetryableError(error.status === 429 ? 503 : 502, 'remote_failed', detail, error, error.retryAfterMs)
  }
}

/** A failure that may pass. */
class RetryableError extends HttpError {
  readonly retryAfterMs: number | undefined

  constructor(status: number, code: string, detail: string, cause: unknown, retryAfterMs?: number) {
    super(status, detail, {
      code,
      cause,
      ...(status === 503 ? { headers: { 'retry-after': String(Math.ceil((retryAfterMs ?? 1_000) / 1_000)) } } : {}),
    })
    this.retryAfterMs = retryAfterMs
  }
}

/** An answer with an error status. */
class StatusError extends Error {
  readonly status: number
  readonly retryAfterMs: number | undefined

  constructor(status: number, message: string, retryAfterMs: number | undefined) {
    super(message)
    this.status = status
    this.retryAfterMs = retryAfterMs
  }
}

/** What a server says of an error, in the members that servers of this kind use. */
async function said(response: Response): Promise<string> {
  const text = await boundedResponse(response, maxErrorBytes)
    .text()
    .catch(() => '')
  try {
    const { error, message, detail } = JSON.parse(text) as {
      error?: string | { message?: string }
      message?: string
      detail?: unknown
    }
    const told = (typeof error === 'object' ? error.message : error) ?? message ?? detail
    return typeof told === 'string' ? told : JSON.stringify(told ?? text)
  } catch {
    return text
  }
}

/** RFC 9110, section 10.2.3, in seconds or as a date; `retry-after-ms` is what the OpenAI SDKs understand. */
function retryAfterOf(response: Response): number | undefined {
  const exact = Number(response.headers.get('retry-after-ms') ?? Number.NaN)
  if (Number.isFinite(exact)) return Math.min(exact, longestDelayMs)
  const value = response.headers.get('retry-after')
  if (value === null) return undefined
  const ms = /^\d+$/.test(value) ? Number(value) * 1_000 : Date.parse(value) - Date.now()
  return Number.isFinite(ms) ? Math.min(Math.max(0, ms), longestDelayMs) : undefined
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = () => {
      clearTimeout(timer)
      reject(signal.reason)
    }
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', onAbort)
      resolve()
    }, ms)
    signal.addEventListener('abort', onAbort, { once: true })
  })
}
