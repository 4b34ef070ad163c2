import { dependency } from 'millrace'

/** Tells whoever waits for the start-up what it is doing. */
export interface Progress {
  begin(label: string): ProgressStep
}

export interface ProgressStep {
  /** Such as `9/14`. */
  update(detail: string): void
  end(detail?: string): void
}

/** Between two lines about the same step where lines cannot be overwritten, in milliseconds. */
const lineIntervalMs = 1_000

/** Lines on standard error: overwritten in place on a terminal, at most one a second elsewhere. */
export function terminalProgress(output: NodeJS.WriteStream = process.stderr): Progress {
  const isTerminal = output.isTTY === true
  return {
    begin(label) {
      const startMs = performance.now()
      let writtenMs = startMs
      const line = (text: string) => output.write(isTerminal ? `\r\u001b[K${text}` : `${text}\n`)
      if (isTerminal) line(`${label} …`)
      return {
        update(detail) {
          const nowMs = performance.now()
          if (!isTerminal && nowMs - writtenMs < lineIntervalMs) return
          writtenMs = nowMs
          line(`${label} ${detail}`)
        },
        end(detail) {
          const seconds = ((performance.now() - startMs) / 1000).toFixed(1)
          line(`${label}${detail ? ` ${detail}` : ''} … ${seconds} s`)
          if (isTerminal) output.write('\n')
        },
      }
    },
  }
}

/** Where start-up tells how far it is; tests put a silent one in its place. */
export const progress = dependency({ scope: 'app' }, (): Progress => terminalProgress())
