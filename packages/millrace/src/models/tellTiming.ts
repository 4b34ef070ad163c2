import type { RunOptions, Timing } from './options.ts'
import type { RuntimeHost } from './runtime.ts'

/** Tells a caller where the time went. What its function throws is logged, as others wait for the same run. */
export function tellTiming(onTiming: RunOptions['onTiming'], timing: Timing, { name, log }: RuntimeHost): void {
  try {
    onTiming?.(timing)
  } catch (error) {
    log.warn('onTiming threw', { model: name, error })
  }
}
