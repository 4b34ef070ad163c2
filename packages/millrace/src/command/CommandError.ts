/**
 * Thrown where a command of an app is used wrongly: an argument that it does not have, or that does not fit. Each
 * line of the message is one thing that is wrong. On the command line the exit code is then 2.
 */
export class CommandError extends Error {
  override readonly name: string = 'CommandError'
  readonly code = 'invalid_arguments'
}
