import { HttpError } from './HttpError.ts'

/** Where an input stands in a request. */
export type Location = 'params' | 'query' | 'headers' | 'cookies' | 'body'

/** One thing wrong with one input. The input's value is never part of it: it may be a secret. */
export interface Issue {
  readonly in: Location
  /** The keys that lead to the value, from the location's root: `['items', 0, 'price']`. */
  readonly path: readonly (string | number)[]
  /** `missing`, or the schema library's own code in its own spelling (`too_small`, `min_length`, …). */
  readonly code: string
  /** The schema library's message. */
  readonly message: string
}

/** Of one location at most so many issues are listed: else a body of wrong items gets an answer many times its size. */
export const maxIssues = 1000

/**
 * Thrown when inputs do not fit their schemas. It lists every issue of every location of the request,
 * those of its dependencies included; beyond {@link maxIssues} of one location it stops. Answered with 422,
 * code `invalid_input`.
 */
export class InputError extends HttpError {
  override readonly name: string = 'InputError'
  readonly issues: readonly Issue[]

  constructor(issues: readonly Issue[]) {
    const { length } = issues
    const count = length === 1 ? 'One input is' : `${length < maxIssues ? '' : 'At least '}${length} inputs are`
    super(422, `${count} not valid`, { code: 'invalid_input', extra: { errors: issues } })
    this.issues = issues
  }
}
