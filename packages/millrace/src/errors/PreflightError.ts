import { HttpError } from './HttpError.ts'

/** Thrown by `cors()` when a preflight is refused. Answered with 403, code `origin_not_allowed` or `preflight_refused`. */
export class PreflightError extends HttpError {
  /** What was refused: `origin`, `method`, `headers`. */
  readonly reasons: readonly string[]

  constructor(
    code: 'origin_not_allowed' | 'preflight_refused',
    detail: string,
    reasons: readonly string[],
    headers: Readonly<Record<string, string>>,
  ) {
    super(403, detail, { code, headers })
    this.reasons = reasons
  }
}
