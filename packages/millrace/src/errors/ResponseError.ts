/**
 * Thrown when a handler's result does not fit the response schema of its operation. It is a fault of the
 * server: answered with 500, code `invalid_response`; the issues go to the log and are never sent.
 */
export class ResponseError extends Error {
  override readonly name: string = 'ResponseError'
  readonly code = 'invalid_response'
  /** `path: message`, one for each issue. */
  readonly issues: readonly string[]

  constructor(operation: string, issues: readonly string[]) {
    super(`The result of ${operation} does not fit its response schema: ${issues.join('; ')}`)
    this.issues = issues
  }
}
