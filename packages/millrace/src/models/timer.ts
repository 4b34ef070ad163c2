/** What `setTimeout` can wait at most; it takes anything longer for no wait at all. */
const longestMs = 2 ** 31 - 1

/** Calls back after so many milliseconds; never where that is for ever, or nearly so: then there is no timer. */
export function after(ms: number, callback: () => void): NodeJS.Timeout | undefined {
  return ms > longestMs ? undefined : setTimeout(callback, ms)
}
