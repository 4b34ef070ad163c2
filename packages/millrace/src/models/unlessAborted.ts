/** Waits for what has begun, or until nobody wants it. */
export function unlessAborted(started: Promise<void>, signal: AbortSignal): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const onAbort = () => reject(signal.reason)
  if (signal.aborted) onAbort()
  signal.addEventListener('abort', onAbort, { once: true })
  started.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort))
  return promise
}
