import { HttpError } from 'millrace'

const statuses = { crashed: 503, not_started: 503, busy: 503, closed: 503, failed: 500 } as const

/**
 * The model could not answer. Its `code` says why, after `model_`:
 *
 * - `crashed`: its worker ended in the middle of the work; a new one is on its way, so trying again helps
 * - `not_started`: its worker failed at start-up, again and again
 * - `busy`: too many calls wait already
 * - `closed`: the app is shutting down
 * - `failed`: it could not compute this input; the answer does not tell why, the cause does
 */
export class ModelError extends HttpError {
  override readonly name: string = 'ModelError'

  constructor(reason: keyof typeof statuses, detail: string, cause?: unknown) {
    const headers = statuses[reason] === 503 ? { 'retry-after': '1' } : {}
    super(statuses[reason], detail, { code: `model_${reason}`, headers, cause })
  }
}
