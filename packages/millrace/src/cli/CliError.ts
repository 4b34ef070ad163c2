import { paint } from './paint.ts'

/** What is wrong: the entry, the address to listen on, or what was asked for. */
export type CliErrorReason = 'entry' | 'address' | 'usage'

/**
 * Thrown by a command for what the user can put right: no entry, no app in it, a port in use. Its message is
 * all there is to say; a stack would not help.
 */
export class CliError extends Error {
  override readonly name: string = 'CliError'
  readonly reason: CliErrorReason

  constructor(reason: CliErrorReason, message: string) {
    super(message)
    this.reason = reason
  }

  /** The message as it is printed. */
  get report(): string {
    return `${paint(['red', 'bold'], 'error:', process.stderr)} ${this.message}`
  }
}
