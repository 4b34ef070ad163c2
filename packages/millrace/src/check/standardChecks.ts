import type { StandardSchemaV1 } from '@standard-schema/spec'
import { InputError, type Issue, type Location } from '../errors/InputError.ts'
import { withoutFrames } from '../errors/withoutFrames.ts'
import { compileMembers } from '../input/members.ts'
import type { BodyPlan } from '../plan/plan.ts'
import type { Schema } from '../plan/schema.ts'
import { isPromise, type MaybePromise } from '../serve/maybePromise.ts'
import type { Checked, CheckInput, CheckRules } from './checkRules.ts'
import { type Coerce, type CoerceValue, compileCoerce, last } from './coerce.ts'
import { issuesOf } from './issues.ts'
import { type Raw, rawReaders } from './rawInputs.ts'
import { validatorOf } from './validator.ts'

/** Millrace's own: strings are coerced by the JSON Schema, JSON is not, and the schema library finds what is wrong. */
export const standardChecks: CheckRules = checksTaking(last)

/** The same, with another choice among repeated values where one is wanted. */
export function checksTaking(single: CoerceValue): CheckRules {
  return {
    madeOfJson: [],
    input: (schema, location, hidden) => {
      const read = rawReaders[location](schema)
      const coerce = compileCoerce(schema, hidden, single)
      const validate = validatorOf(schema, 'fresh')
      return (context) => {
        const raw = coerce(read(context))
        return checked(validate(raw), location, raw)
      }
    },
    body: (kind, schema): CheckInput => {
      const validate = validatorOf(schema, 'fresh')
      const coerce = coercionOf(kind, schema, single)
      if (!coerce) return ({ body }) => checked(validate(body), 'body', body)
      return ({ body }) => {
        const raw = coerce((body ?? {}) as Raw)
        return checked(validate(raw), 'body', raw)
      }
    },
    error: (issues) => withoutFrames(() => new InputError(distinct(issues))),
  }
}

/** Two owners of one input find the same fault: it is told once. */
function distinct(issues: readonly Issue[]): readonly Issue[] {
  if (issues.length <= fewIssues)
    return issues.filter((issue, index) => !issues.slice(0, index).some((other) => isSame(issue, other)))
  // By its text, as there may be very many.
  return [...new Map(issues.map((issue) => [JSON.stringify(issue), issue])).values()]
}

const fewIssues = 8

function isSame(one: Issue, other: Issue): boolean {
  return (
    one.in === other.in &&
    one.code === other.code &&
    one.message === other.message &&
    one.path.length === other.path.length &&
    one.path.every((key, index) => key === other.path[index])
  )
}

function coercionOf(kind: BodyPlan['kind'], schema: Schema, single: CoerceValue): Coerce | undefined {
  if (kind === 'form') {
    const coerce = compileCoerce(schema, undefined, single)
    const gather = compileMembers(schema, 'malformed_body')
    return gather ? (raw) => coerce(gather(raw)) : coerce
  }
  // Of parts with one name the reader has decided: an array is one that was wanted, or JSON.
  if (kind === 'multipart') return compileCoerce(schema, undefined, (value) => value)
  return undefined
}

type Result = StandardSchemaV1.Result<unknown>

function checked(result: MaybePromise<Result>, location: Location, raw: unknown): MaybePromise<Checked> {
  return isPromise(result) ? result.then((settled) => told(settled, location, raw)) : told(result, location, raw)
}

function told(result: Result, location: Location, raw: unknown): Checked {
  return result.issues ? { issues: issuesOf(result.issues, location, raw) } : result
}
