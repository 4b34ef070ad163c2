import type { BodyPlan } from '../plan/plan.ts'

/** Makes something of a body of another type. */
export type ParseOther = (bytes: Uint8Array, type: string | undefined) => unknown

export type FilesInForms = 'refuse' | 'take' | 'drop'

/** How bodies are taken that are not as the operation declares: the part of reading in a profile. */
export interface BodyRules {
  /**
   * What is made of a body of a type that an operation with this kind of body does not take; `undefined` where it is
   * refused with 415 before a byte of it is read.
   */
  readonly otherType: (kind: BodyPlan['kind']) => ParseOther | undefined
  /** What `strictContentType: false` takes besides: any type, or none at all. */
  readonly laxContentType: 'any' | 'missing'
  /**
   * What becomes of a file in a form that takes none: the body is refused with 415, the file is a value like others, or
   * it is dropped.
   */
  readonly filesInForms: FilesInForms
  /** The error of a body that cannot be parsed. */
  readonly malformed: (error: unknown, bytes: Uint8Array) => unknown
}

/** Millrace's own. */
export const standardBodies: BodyRules = {
  otherType: () => undefined,
  laxContentType: 'any',
  filesInForms: 'refuse',
  malformed: (error) => error,
}
