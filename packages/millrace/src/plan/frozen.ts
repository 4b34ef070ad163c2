/** Values that stay as they are: making their members readonly would change what they are. */
type Whole =
  | Date
  | RegExp
  | Error
  | ReadonlyMap<unknown, unknown>
  | ReadonlySet<unknown>
  | ArrayBuffer
  | ArrayBufferView
  | ReadableStream
  | Blob
  | Promise<unknown>
  // biome-ignore lint/suspicious/noExplicitAny: any function at all; parameters are contravariant
  | ((...args: any[]) => unknown)

/**
 * Deeply readonly arrays and objects. A handler's result is checked against this form, so that
 * `{ label: 'a' }` fits `z.enum(['a', 'b'])` without `as const`.
 */
export type Frozen<T> = T extends Whole ? T : T extends object ? { readonly [K in keyof T]: Frozen<T[K]> } : T
