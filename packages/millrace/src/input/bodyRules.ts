import type { BodyPlan } from '../plan/plan.ts'

/** How bodies are taken that are not as the operation declares: the part of reading in a profile. */
export interface BodyRules {
  /**
   * What stands for a body of a type that the operation does not take. `undefined` where it is refused with 415
   * before a byte of it is read.
   */
  readonly otherType: ((kind: BodyPlan['kind'], bytes: Uint8Array, type: string | undefined) => unknown) | undefined
  /** What `strictContentType: false` takes besides: any type, or none at all. */
  readonly laxContentType: 'any' | 'missing'
  /** The error of a body that cannot be parsed. */
  readonly malformed: (error: unknown, bytes: Uint8Array) => unknown
}

/** Millrace's own. */
export const standardBodies: BodyRules = {
  otherType: undefined,
  laxContentType: 'any',
  malformed: (error) => error,
}
