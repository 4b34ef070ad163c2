import { Refusal } from '../depend/attempt.ts'
import type { InnerContext } from '../depend/context.ts'
import { HttpError } from '../errors/HttpError.ts'
import { StartupError } from '../errors/StartupError.ts'
import { Dependency } from '../plan/dependency.ts'

type ValueOf<A extends readonly Dependency[]> = A[number]['~value']

/**
 * The value of the first of several guards that accepts the request; the document names them as alternatives.
 * Guards that stand side by side without it all have to accept.
 *
 * Where none accepts, the answer is that of the one that came furthest: a token that lacks a scope before one
 * that is not valid, that before none at all, with the challenges of all in `WWW-Authenticate`. Where one of them is
 * `optional`, the value without any credentials is `undefined`; wrong ones are refused all the same.
 *
 * @throws {StartupError} `malformed_spec` for an alternative that has nothing to do with security
 *
 * @example
 * const caller = anyOf(userOfToken, serviceOfKey)
 */
export function anyOf<const A extends readonly [Dependency, Dependency, ...Dependency[]]>(
  ...alternatives: A
): Dependency<ValueOf<A>> {
  for (const { label, isSecurity } of alternatives)
    if (!isSecurity)
      throw new StartupError(
        'malformed_spec',
        `'${label}' asks for no credentials: anyOf() cannot tell when to take it`,
      )
  const names = alternatives.map((_, index) => String(index))
  return new Dependency<ValueOf<A>>({
    make: (context: InnerContext) => firstAccepted(names.map((name) => (context as unknown as Values)[name])),
    scope: 'request',
    guard: true,
    inputs: { params: undefined, query: undefined, headers: undefined, cookies: undefined },
    deps: Object.fromEntries(alternatives.map((alternative, index) => [String(index), alternative])),
    label: `anyOf(${alternatives.map(({ label }) => label).join(', ')})`,
    security: { kind: 'alternatives' },
  })
}

/** Where a dependency finds what it needs. */
type Values = Readonly<Record<string, unknown>>

function firstAccepted(values: readonly unknown[]): unknown {
  const accepted = values.find((value) => value !== undefined && !(value instanceof Refusal))
  if (accepted !== undefined) return accepted
  const refusals = values.filter((value) => value instanceof Refusal).map(({ error }) => error)
  // One that goes on without credentials does so where no other has any: who has wrong ones is told so.
  if (refusals.length < values.length && refusals.every((error) => progress(error) === 0)) return undefined
  throw combined(refusals)
}

/** None before wrong before not enough. */
const progress = (error: HttpError) => (error.status === 403 ? 2 : error.code === 'not_authenticated' ? 0 : 1)

function combined(refusals: readonly HttpError[]): HttpError {
  const [furthest] = refusals.toSorted((a, b) => progress(b) - progress(a)) as [HttpError, ...HttpError[]]
  const { status, detail, code, extra } = furthest
  const all = [...new Set(refusals.map(({ headers }) => headers?.['www-authenticate']).filter(Boolean))].join(', ')
  // As it is where it says all there is to say: an error handler may look for its class.
  if (all === (furthest.headers?.['www-authenticate'] ?? '')) return furthest
  return new HttpError(status, detail, {
    ...(code === undefined ? {} : { code }),
    ...(extra ? { extra } : {}),
    headers: { ...furthest.headers, 'www-authenticate': all },
    cause: furthest,
  })
}
