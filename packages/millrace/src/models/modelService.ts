import type { Slot } from './admission.ts'
import type { SlottedOptions } from './options.ts'
import type { AnyRuntimeFactory } from './runtime.ts'
import type { ModelReport } from './status.ts'

/** A model as its front uses it, whichever process it is in. */
export interface ModelService<I = unknown, O = unknown> {
  open(): Promise<void>
  /** Lets the first call load it, where it has been closed. */
  allow?(): void
  close(): Promise<void>
  swap(factory: AnyRuntimeFactory): Promise<void>
  /** Swaps to one of the model's `versions`. @throws {TypeError} when it has none of that name */
  swapTo(version: string): Promise<void>
  /** How it is now, wherever it is. */
  report(): ModelReport | Promise<ModelReport>
  /** Whether it is not down. */
  isServing(): boolean | Promise<boolean>
  /** Reserves a slot for a request, of this caller where it is known already. @throws {HttpError} when there is none */
  reserve(caller: string | undefined): Slot | Promise<Slot>
  run(item: I, options: SlottedOptions): Promise<O>
  runMany(items: readonly I[], options: SlottedOptions): Promise<O[]>
  stream(item: I, options: SlottedOptions): AsyncGenerator<O, void, undefined>
}
