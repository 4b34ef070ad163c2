import type { StandardSchemaV1 } from '@standard-schema/spec'
import { InputError, type Issue, type Location } from '../errors/InputError.ts'
import type { CheckedInputs, RequestContext } from '../input/context.ts'
import { decodeParams } from '../match/matcher.ts'
import type { InputSchemas } from '../plan/dependency.ts'
import { type JsonSchema, jsonSchemaOf } from '../plan/jsonSchema.ts'
import type { Plan } from '../plan/plan.ts'
import type { Schema } from '../plan/schema.ts'
import { allowsArray, undeclaredIn, uniqueProperties } from '../plan/valueTypes.ts'
import { isPromise, type MaybePromise } from '../serve/maybePromise.ts'
import { type Coerce, compileCoerce } from './coerce.ts'
import { issuesOf } from './issues.ts'
import { validatorOf } from './validator.ts'

/**
 * Checks inputs and puts the results into the context.
 *
 * @throws {InputError} with every issue of everything that was checked
 */
export type Checker = (context: RequestContext) => MaybePromise<void>

/** The checks of an operation: `guards` need no body and run before it is read, `rest` does all others. */
export interface Checkers {
  readonly guards: Checker | undefined
  readonly rest: Checker | undefined
}

/** One value of one location, checked for one owner: the operation itself, or a dependency by its index. */
interface Check {
  readonly location: Location
  readonly read: (context: RequestContext) => unknown
  readonly validate: (raw: unknown) => MaybePromise<StandardSchemaV1.Result<unknown>>
  readonly store: (context: RequestContext, value: unknown) => void
}

/** Compiles the checks of an operation and of its dependencies. */
export function compileCheckers(plan: Plan): Checkers {
  const nodes = plan.dependencies.filter(({ dependency }) => dependency.scope !== 'app')
  const owners = [plan.inputs, ...nodes.map(({ dependency }) => dependency.inputs)]
  const own = checksOf(plan.inputs, storeOwn, owners)
  // Without a schema, parameters are the strings of the path.
  if (!plan.inputs.params && plan.segments.some((segment) => segment.kind !== 'literal')) own.unshift(pathStrings)
  if (plan.body) own.push(bodyCheck(plan.body.kind, plan.body.schema))
  const guards: Check[] = []
  const rest: Check[] = []
  plan.dependencies.forEach((node, index) => {
    if (node.dependency.scope !== 'app')
      (node.guard ? guards : rest).push(...checksOf(node.dependency.inputs, storeFor(index), owners))
  })
  rest.push(...own)
  return {
    guards: guards.length > 0 ? checkAll(guards) : undefined,
    rest: rest.length > 0 ? checkAll(rest) : undefined,
  }
}

function checkAll(checks: readonly Check[]): Checker {
  return (context) => {
    let issues: Map<string, Issue> | undefined
    let pending: Promise<void>[] | undefined
    const settle = (check: Check, raw: unknown, result: StandardSchemaV1.Result<unknown>) => {
      if (result.issues) issues = addIssues(issues, issuesOf(result.issues, check.location, raw))
      else check.store(context, result.value)
    }
    for (const check of checks) {
      const raw = check.read(context)
      const result = check.validate(raw)
      if (!isPromise(result)) settle(check, raw, result)
      else {
        pending ??= []
        const settled = result.then((value) => settle(check, raw, value))
        // A later check may throw before anyone waits for this one.
        settled.catch(() => undefined)
        pending.push(settled)
      }
    }
    if (pending)
      return Promise.all(pending).then(() => {
        if (issues) throw new InputError([...issues.values()])
      })
    if (issues) throw new InputError([...issues.values()])
    return undefined
  }
}

/** Two owners of one input find the same fault: it is told once. By its text, as there may be very many. */
function addIssues(known = new Map<string, Issue>(), more: readonly Issue[]): Map<string, Issue> {
  for (const issue of more) known.set(JSON.stringify(issue), issue)
  return known
}

const pathStrings: Check = {
  location: 'params',
  read: (context) => decodeParams(context['~rawParams'] ?? {}),
  validate: (value) => ({ value }),
  store: (context, value) => void (context.params = value),
}

type InputLocation = keyof InputSchemas
type Store = (location: InputLocation) => Check['store']

const storeOwn: Store = (location) => (context, value) => void (context[location] = value)

function storeFor(index: number): Store {
  return (location) => (context, value) => {
    context['~inputs'] ??= []
    context['~inputs'][index] ??= {
      params: undefined,
      query: undefined,
      headers: undefined,
      cookies: undefined,
    } as CheckedInputs
    context['~inputs'][index][location] = value
  }
}

function checksOf(inputs: InputSchemas, store: Store, owners: readonly InputSchemas[]): Check[] {
  return (['params', 'query', 'headers', 'cookies'] as const).flatMap((location): Check[] => {
    const schema = inputs[location]
    if (!schema) return []
    const coerce = compileCoerce(schema, declaredByOthers(location, inputs, owners))
    const raw = readers[location](schema)
    return [
      {
        location,
        read: (context) => coerce(raw(context)),
        validate: validatorOf(schema, 'input'),
        store: store(location),
      },
    ]
  })
}

/**
 * What an owner does not get to see: names that others declare and it does not. Else no two strict schemas
 * could share a location.
 */
function declaredByOthers(
  location: InputLocation,
  inputs: InputSchemas,
  owners: readonly InputSchemas[],
): ReadonlySet<string> | undefined {
  const names = (one: InputSchemas): string[] => {
    const schema = one[location]
    const root = schema && jsonSchemaOf(schema, 'input')
    const all = root ? [...uniqueProperties(root).keys()] : []
    return location === 'headers' ? all.flatMap((name) => [name, name.toLowerCase()]) : all
  }
  const schema = inputs[location]
  // Of a schema without a JSON Schema nobody knows what it declares.
  if (owners.length < 2 || !schema || !jsonSchemaOf(schema, 'input')) return undefined
  const others = new Set(owners.filter((one) => one !== inputs).flatMap(names))
  for (const name of names(inputs)) others.delete(name)
  return others.size > 0 ? others : undefined
}

type Raw = Readonly<Record<string, unknown>>

const readers: Record<InputLocation, (schema: Schema) => (context: RequestContext) => Raw> = {
  params: () => (context) => decodeParams(context['~rawParams'] ?? {}),
  query: () => (context) => context['~rawQuery'],
  cookies: () => (context) => context['~rawCookies'],
  headers: headerReader,
}

/**
 * Only the declared headers, so that a strict schema does not fail on those that every client sends; all of
 * them for a schema that says what others may be.
 */
function headerReader(schema: Schema): (context: RequestContext) => Raw {
  const root = jsonSchemaOf(schema, 'input')
  const declared = [...(root ? uniqueProperties(root) : [])].map(([name, part]) => ({
    name,
    key: name.toLowerCase(),
    isList: allowsArray(part, root as JsonSchema),
  }))
  const isOpen = declared.length === 0 || (root && (undeclaredIn(root) ?? false) !== false)
  const known = new Set(declared.map(({ key }) => key))
  return (context) => {
    const values = isOpen ? otherHeaders(context, known) : Object.create(null)
    for (const { name, key, isList } of declared) {
      const value = context.header(key)
      // Repeated headers and one with commas are the same (RFC 9110, section 5.3).
      if (value !== undefined) values[name] = isList ? value.split(',').map(trim) : value
    }
    return values
  }
}

function otherHeaders(context: RequestContext, known: ReadonlySet<string>): Record<string, unknown> {
  const values: Record<string, unknown> = Object.create(null)
  const raw = context['~exchange'].rawHeaders()
  for (let index = 0; index < raw.length; index += 2) {
    const name = (raw[index] as string).toLowerCase()
    if (!known.has(name)) values[name] = context.header(name) ?? ''
  }
  return values
}

function trim(text: string): string {
  return text.trim()
}

function bodyCheck(kind: string, schema: Schema | undefined): Check {
  const store: Check['store'] = (context, value) => void (context.body = value)
  if (!schema) return { location: 'body', read: (context) => context.body, validate: (value) => ({ value }), store }
  const coerce = coercionOf(kind, schema)
  return {
    location: 'body',
    read: coerce ? (context) => coerce((context.body ?? {}) as Raw) : (context) => context.body,
    validate: validatorOf(schema, 'input'),
    store,
  }
}

function coercionOf(kind: string, schema: Schema): Coerce | undefined {
  if (kind === 'form') return compileCoerce(schema)
  // Of parts with one name the reader has decided: an array is one that was wanted, or JSON.
  if (kind === 'multipart') return compileCoerce(schema, undefined, (value) => value)
  return undefined
}
