import { type ChildProcess, fork } from 'node:child_process'
import type { WorkerMessage } from '../serve/clusterOptions.ts'
import type { ServeOrder } from './listen.ts'
import { childFlags, childProgram } from './runtime.ts'

/** What became of a start. */
export type Outcome = Exclude<WorkerMessage, { kind: 'waiting' }> | { readonly kind: 'ended'; readonly how: string }

/** Beyond the grace period, for requests that are aborted and what the app closes at its end. */
const closeMs = 3_000

/** A child process that serves an app for `millrace dev`. It never outlives this process. */
export class DevServer {
  /** The first that is known of it. */
  readonly outcome: Promise<Outcome>
  /** Settles when the process has ended, and says how if nobody asked it to. */
  readonly ended: Promise<string | undefined>
  readonly #child: ChildProcess
  readonly #graceMs: number
  #isStopping = false

  constructor(order: ServeOrder) {
    this.#graceMs = order.graceMs
    this.#child = fork(childProgram(), [], {
      execArgv: childFlags(),
      env: { ...process.env, MILLRACE_ENV: 'development' },
    })
    process.on('exit', this.#kill)
    this.ended = new Promise((resolve) => {
      this.#child.once('exit', (code, signal) => {
        process.off('exit', this.#kill)
        resolve(this.#isStopping ? undefined : signal ? `ended by ${signal}` : `ended with code ${code}`)
      })
      this.#child.on('error', (error) => resolve(error.message))
    })
    this.outcome = Promise.race([
      new Promise<Outcome>((resolve) =>
        this.#child.on('message', (message: WorkerMessage) => {
          if (message.kind === 'waiting')
            this.#child.send({ kind: this.#isStopping ? 'stop' : 'serve', order }, () => undefined)
          else if (message.kind === 'ready' || message.kind === 'failed') resolve(message)
        }),
      ),
      this.ended.then((how = 'was stopped') => ({ kind: 'ended', how }) as const),
    ])
  }

  /** Lets requests end for the grace period; ends the process where that does not help. */
  async stop(): Promise<void> {
    this.#isStopping = true
    if (this.#child.connected) this.#child.send({ kind: 'stop' }, () => undefined)
    const timer = setTimeout(this.#kill, this.#graceMs + closeMs)
    await this.ended
    clearTimeout(timer)
  }

  readonly #kill = (): void => {
    this.#child.kill('SIGKILL')
  }
}
