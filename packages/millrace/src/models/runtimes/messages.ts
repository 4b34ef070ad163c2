/** From the model to its thread. */
export type ToThread =
  | { readonly type: 'run'; readonly id: number; readonly items: readonly unknown[] }
  | { readonly type: 'stream'; readonly id: number; readonly item: unknown }
  /** Asks for so many more pieces of a stream. */
  | { readonly type: 'pull'; readonly id: number; readonly pieces: number }
  | { readonly type: 'abort'; readonly id: number }
  | { readonly type: 'close' }

/** From the thread to the model. */
export type FromThread =
  | { readonly type: 'ready'; readonly streams: boolean }
  | { readonly type: 'loadFailed'; readonly error: PlainError }
  | { readonly type: 'results'; readonly id: number; readonly results: readonly ThreadResult[] }
  | { readonly type: 'failed'; readonly id: number; readonly error: PlainError }
  | { readonly type: 'piece'; readonly id: number; readonly piece: unknown }
  | { readonly type: 'end'; readonly id: number }

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
  const { name, message, stack, status, code } = (
    error instanceof Error ? error : new Error(String(error))
  ) as Error & {
    status?: unknown
    code?: unknown
  }
  return {
    name,
    message,
    stack,
    status: typeof status === 'number' && status >= 400 && status <= 599 ? status : undefined,
    code: typeof code === 'string' ? code : undefined,
  }
}
