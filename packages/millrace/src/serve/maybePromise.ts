/** A value now or later. Most of a request's way stays synchronous until something is a promise. */
export type MaybePromise<T> = T | Promise<T>

/** Whether a value has to be waited for. */
export function isPromise<T>(value: MaybePromise<T>): value is Promise<T> {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function'
}
