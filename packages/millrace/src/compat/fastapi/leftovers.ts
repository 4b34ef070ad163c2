import type { StandardSchemaV1 } from '@standard-schema/spec'
import { issuesOf } from '../../check/issues.ts'
import { type Location, maxIssues } from '../../errors/InputError.ts'
import type { PydanticErrorType } from './pydantic/error.ts'
import type { Report, Step } from './pydantic/report.ts'

/** What a schema library says of a value, by its own names. */
interface VendorIssue extends StandardSchemaV1.Issue {
  readonly code?: unknown
  readonly type?: unknown
  readonly expected?: unknown
  readonly format?: unknown
  readonly minimum?: unknown
  readonly maximum?: unknown
}

/**
 * Tells of what a schema library has found besides: rules that only code knows, and all that is wrong by a
 * schema without a JSON Schema. What stands at, in or around a value that has been told of is not told twice.
 *
 * @param input the value as it came
 * @param prepared what was made of it for the library
 */
export function reportLeftovers(
  found: readonly StandardSchemaV1.Issue[],
  location: Location,
  input: unknown,
  prepared: unknown,
  report: Report,
): void {
  const known = new KnownPaths(report.issues.map(({ path }) => path))
  // Libraries tell in the order of the schema, too: what comes between two that are known is put between them.
  let place = 0
  let added = 0
  for (const issue of found) {
    for (const { path, code, message } of issuesOf([issue], location, input)) {
      if (report.issues.length >= maxIssues) return
      const same = known.lastAround(path)
      if (same >= 0) {
        place = Math.max(place, same + 1 + added)
        continue
      }
      report.at(place, path, () => {
        if (isInfinite(valueAt(prepared, path))) report.fail('finite_number', valueAt(input, path))
        else tellOne(issue, code, message, parentAt(input, path), valueAt(input, path), report)
      })
      place++
      added++
    }
  }
}

/** Paths of issues, found without looking at each: a library may tell of very many. */
class KnownPaths {
  readonly #last = new Map<string, number>()
  /** Of everything that leads to one of them. */
  readonly #lastBelow = new Map<string, number>()

  constructor(paths: readonly (readonly Step[])[]) {
    for (const [index, path] of paths.entries()) {
      this.#last.set(keyOf(path, path.length), index)
      for (let length = 0; length < path.length; length++) this.#lastBelow.set(keyOf(path, length), index)
    }
  }

  /** The index of the last one that stands at a path, in it or around it; -1 for none. */
  lastAround(path: readonly Step[]): number {
    let last = this.#lastBelow.get(keyOf(path, path.length)) ?? -1
    for (let length = 0; length <= path.length; length++)
      last = Math.max(last, this.#last.get(keyOf(path, length)) ?? -1)
    return last
  }
}

function keyOf(path: readonly Step[], length: number): string {
  let key = ''
  for (let index = 0; index < length; index++) key += `\0${path[index]}`
  return key
}

function tellOne(
  issue: VendorIssue,
  code: string,
  message: string,
  parent: unknown,
  value: unknown,
  report: Report,
): void {
  if (code === 'missing') return report.fail('missing', parent)
  if (code === 'unrecognized_key') return report.fail('extra_forbidden', value)
  const type = typeErrorOf(issue)
  if (type) return report.fail(type, value)
  if (issue.code === 'invalid_format' && issue.format === 'url')
    return report.fail('url_scheme', value, { expected_schemes: "'http' or 'https'" })
  report.failWith('value_error', `Value error, ${message}`, value, { error: {} })
}

const byExpected: Readonly<Record<string, PydanticErrorType>> = {
  string: 'string_type',
  number: 'float_type',
  int: 'int_type',
  integer: 'int_type',
  boolean: 'bool_type',
  array: 'list_type',
  Array: 'list_type',
  tuple: 'tuple_type',
  object: 'model_attributes_type',
  Object: 'model_attributes_type',
  record: 'dict_type',
  set: 'set_type',
  date: 'datetime_type',
  null: 'none_required',
}

/** Of a value of a wrong type: zod's `expected` and arktype's, valibot's `expected` of a schema. */
function typeErrorOf({ code, type, expected }: VendorIssue): PydanticErrorType | undefined {
  const isType = code === 'invalid_type' || code === 'domain' || code === 'proto' || type === expected
  return isType && typeof expected === 'string' && Object.hasOwn(byExpected, expected)
    ? byExpected[expected]
    : undefined
}

function isInfinite(value: unknown): boolean {
  return typeof value === 'number' && !Number.isFinite(value)
}

function valueAt(root: unknown, path: readonly Step[]): unknown {
  let value = root
  for (const key of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return null
    value = (value as Record<Step, unknown>)[key]
  }
  return value ?? null
}

function parentAt(root: unknown, path: readonly Step[]): unknown {
  return valueAt(root, path.slice(0, -1))
}
