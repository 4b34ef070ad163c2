import type { Timing } from '../options.ts'
import type { PlainError } from '../runtimes/messages.ts'
import type { Way } from '../tensorWays.ts'

/** How an item is to be run, as far as it can be told to another process. */
export interface PlainOptions {
  readonly priority?: number
  readonly deadlineMs?: number
  readonly caller?: string
}

/** What a process asks the one that has the models. */
export type Ask =
  | { readonly op: 'open' }
  | { readonly op: 'report' }
  | { readonly op: 'swap'; readonly version: string }
  | { readonly op: 'reserve'; readonly caller?: string | undefined }
  | {
      readonly op: 'run'
      readonly items: readonly unknown[]
      readonly tensors: readonly Way[] | undefined
      readonly slot: number | undefined
      readonly options: PlainOptions
    }
  | {
      readonly op: 'stream'
      readonly item: unknown
      readonly tensors: readonly Way[] | undefined
      readonly slot: number | undefined
      readonly options: PlainOptions
    }

/** From a process that serves HTTP to the one that has the models. */
export type ToHost =
  | { readonly kind: 'model'; readonly model: string; readonly id: number; readonly ask: Ask }
  | { readonly kind: 'modelPull'; readonly id: number; readonly pieces: number }
  /** Gives up a call, or a slot by the id with which it was reserved. */
  | { readonly kind: 'modelDrop'; readonly id: number }

/** An error on its way between processes. */
export interface SharedError extends PlainError {
  readonly headers: Readonly<Record<string, string>> | undefined
  readonly cause: PlainError | undefined
  /** It is in the log already, for all who get it. */
  readonly isLogged: boolean
}

/** And back. */
export type FromHost = { readonly kind: 'model'; readonly id: number } & (
  | { readonly value: unknown; readonly tensors?: readonly Way[] | undefined; readonly timing?: Timing | undefined }
  | { readonly error: SharedError; readonly timing?: Timing | undefined }
  | { readonly piece: unknown; readonly tensors: readonly Way[] | undefined; readonly timing?: Timing | undefined }
  | { readonly end: true; readonly timing?: Timing | undefined }
)
