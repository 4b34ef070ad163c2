/** What a thread writes to, where it would go to the process and into nobody's log. */
type Stream = 'stdout' | 'stderr'

/**
 * Hands over, line by line, what the code of a thread prints. Not by the option `stdout` of the thread: to read it
 * there keeps the process alive, and what a thread prints that never comes back would not be seen.
 */
export function tellOutput(tell: (stream: Stream, line: string) => void): void {
  for (const stream of ['stdout', 'stderr'] as const) {
    const decoder = new TextDecoder()
    let rest = ''
    const take = (text: string) => {
      const lines = (rest + text).split(/\r?\n/)
      rest = lines.pop() as string
      for (const line of lines) tell(stream, line)
    }
    process[stream].write = (chunk: string | Uint8Array, encoding?: unknown, callback?: unknown) => {
      take(typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true }))
      const then = typeof encoding === 'function' ? encoding : callback
      if (typeof then === 'function') queueMicrotask(() => then())
      return true
    }
    process.once('exit', () => rest !== '' && tell(stream, rest))
  }
}
