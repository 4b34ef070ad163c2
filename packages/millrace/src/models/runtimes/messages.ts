import { HttpError } from '../../errors/HttpError.ts'
import type { Way } from '../tensorWays.ts'

/** Where a message has tensors, from the list of its values: they lose their class on the way. */
interface Tensors {
  readonly tensors: readonly Way[] | undefined
}

/** From the model to its thread. */
export type ToThread =
  | ({ readonly type: 'run'; readonly id: number; readonly items: readonly unknown[] } & Tensors)
  | ({ readonly type: 'stream'; readonly id: number; readonly item: unknown } & Tensors)
  /** Asks for so many more pieces of a stream. */
  | { readonly type: 'pull'; readonly id: number; readonly pieces: number }
  | { readonly type: 'abort'; readonly id: number }
  | { readonly type: 'close' }

/** From the thread to the model. */
export type FromThread =
  | { readonly type: 'ready'; readonly streams: boolean }
  | { readonly type: 'loadFailed'; readonly error: PlainError }
  | ({ readonly type: 'results'; readonly id: number; readonly results: readonly ThreadResult[] } & Tensors)
  | { readonly type: 'failed'; readonly id: number; readonly error: PlainError }
  | ({ readonly type: 'piece'; readonly id: number; readonly piece: unknown } & Tensors)
  | { readonly type: 'end'; readonly id: number }
  /** What its code has printed. */
  | { readonly type: 'output'; readonly stream: 'stdout' | 'stderr'; readonly line: string }

/** One result on its way between threads. */
export type ThreadResult = { readonly value: unknown } | { readonly error: PlainError }

/** An error that survives the way between threads whole. */
export interface PlainError {
  readonly name: string
  readonly message: string
  readonly stack: string | undefined
  /** Where the model wants the caller answered with a status of its own, 400 to 599. */
  readonly status: number | undefined
  readonly code: string | undefined
}

/** What a thread is started with. */
export interface ThreadData {
  readonly module: string
  readonly lane: number
  readonly threads: number
}

export function toPlain(error: unknown): PlainError {
  const { name, message, stack, code } = (error instanceof Error ? error : new Error(String(error))) as Error & {
    code?: unknown
  }
  return { name, message, stack, status: statusFor(error), code: typeof code === 'string' ? code : undefined }
}

/**
 * The status that a model wants its caller answered with, where it says so: by an `HttpError`, or by `expose: true`
 * beside the `status`. A status alone may be that of a service which the model has asked, with a message that
 * is not for callers.
 */
export function statusFor(error: unknown): number | undefined {
  if (error instanceof HttpError) return error.status
  if (!(error instanceof Error)) return undefined
  const { status, expose } = error as Error & { status?: unknown; expose?: unknown }
  const isStatus = typeof status === 'number' && Number.isInteger(status) && status >= 400 && status <= 599
  return expose === true && isStatus ? status : undefined
}
