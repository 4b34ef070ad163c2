type Stop = () => Promise<void>

const stops = new Set<Stop>()
let isListening = false
let isStopping = false

/**
 * Runs `stop` on SIGTERM and SIGINT, then ends the process with code 0. A second signal ends it at once.
 * Returns a function that takes it back.
 */
export function onStopSignal(stop: Stop): () => void {
  stops.add(stop)
  if (!isListening) {
    isListening = true
    process.on('SIGTERM', stopAll)
    process.on('SIGINT', stopAll)
  }
  return () => {
    stops.delete(stop)
    // While the process stops, a second signal is still to be heard.
    if (stops.size > 0 || isStopping) return
    isListening = false
    process.off('SIGTERM', stopAll)
    process.off('SIGINT', stopAll)
  }
}

/** Whether a signal ends this process, with code 0 where all goes well: what fails because of it is no news. */
export function isEnding(): boolean {
  return isStopping
}

function stopAll(signal: NodeJS.Signals): void {
  if (isStopping) process.exit(signal === 'SIGINT' ? 130 : 143)
  isStopping = true
  void Promise.allSettled([...stops].map((stop) => stop())).then((results) => {
    process.exit(results.every(({ status }) => status === 'fulfilled') ? 0 : 1)
  })
}
