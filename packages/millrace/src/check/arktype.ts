import type { Schema } from '../plan/schema.ts'
import type { Validate } from './validator.ts'

/** The parts of arktype that Millrace uses beyond Standard Schema. */
interface Arktype extends Schema {
  readonly allows?: (value: unknown) => boolean
  readonly onDeepUndeclaredKey?: (behaviour: 'delete' | 'reject') => Arktype
  /** The schema's own node, which is not public: each part is looked for before it is used. */
  readonly internal?: {
    /**
     * `allows` where a value that is allowed stays as it is; `optimistic` where it needs one morph of its root, and
     * no more.
     */
    readonly rootApplyStrategy?: unknown
    readonly allows?: unknown
    readonly contextFreeMorph?: unknown
  }
}

export function isArktype(schema: Schema): schema is Arktype {
  return schema['~standard'].vendor === 'arktype'
}

/**
 * Checks values that nobody else has. arktype copies a value deeply before it fills in a default, so that the caller's
 * own stays as it is: 3.9 µs for the body of W2, where all else takes 0.04 µs. A value that is not allowed goes arktype's
 * usual way, so that the issues are the same.
 */
export function validatorOfFresh(schema: Arktype): Validate {
  const validate = standardOf(schema)
  const { allows, contextFreeMorph } = schema.internal ?? {}
  if (typeof allows !== 'function' || typeof contextFreeMorph !== 'function' || !hasOnlyOwnMorphs(schema))
    return validate
  return (value) => (allows(value) === true ? { value: contextFreeMorph(value) } : validate(value))
}

/**
 * Checks replies. arktype keeps undeclared keys unless told otherwise; here they are taken out, however deep they are,
 * of a copy: 27 µs for the answer of W2. A value without such keys, which to find out takes 2 µs, needs none.
 */
export function validatorOfReply(schema: Arktype): Validate {
  const validate = standardOf(schema.onDeepUndeclaredKey?.('delete') ?? schema)
  const strict = schema.onDeepUndeclaredKey?.('reject')
  if (!strict || typeof strict.allows !== 'function') return validate
  if (strict.internal?.rootApplyStrategy === 'allows')
    return (value) => (strict.allows?.(value) === true ? { value } : validate(value))
  if (!hasOnlyOwnMorphs(strict)) return validate
  const validateStrict = standardOf(strict)
  return (value) => (strict.allows?.(value) === true ? validateStrict(value) : validate(value))
}

function standardOf(schema: Schema): Validate {
  const standard = schema['~standard']
  return (value) => standard.validate(value) as ReturnType<Validate>
}

/** Whether there is only what arktype makes of the keys of an object: another morph is the app's, and may refuse. */
function hasOnlyOwnMorphs({ internal }: Arktype): boolean {
  const morph = internal?.contextFreeMorph
  return (
    internal?.rootApplyStrategy === 'optimistic' && typeof morph === 'function' && morph.name === '$arkStructuralMorph'
  )
}
