import type { Issue } from '../errors/InputError.ts'
import type { CheckedInputs, RequestContext } from '../input/context.ts'
import { decodeParams } from '../match/encoding.ts'
import type { InputSchemas } from '../plan/dependency.ts'
import { jsonSchemaOf } from '../plan/jsonSchema.ts'
import type { Plan } from '../plan/plan.ts'
import { uniqueProperties } from '../plan/valueTypes.ts'
import { isPromise, type MaybePromise } from '../serve/maybePromise.ts'
import type { Checked, CheckInput, CheckRules, InputLocation } from './checkRules.ts'
import { Failure } from './Failure.ts'

/** Checks inputs and puts the results into the context. Refuses with every issue of everything that was checked. */
export type Checker = (context: RequestContext) => MaybePromise<Failure | undefined>

/** The checks of an operation: `guards` need no body and run before it is read, `rest` does all others. */
export interface Checkers {
  readonly guards: Checker | undefined
  readonly rest: Checker | undefined
}

/** One value of one location, checked for one owner: the operation itself, or a dependency by its index. */
export interface Check {
  readonly check: CheckInput
  readonly store: (context: RequestContext, value: unknown) => void
}

/** The checks of an operation and of each of its dependencies. */
export interface OwnedChecks {
  /** In the order path, query, headers, cookies, body. */
  readonly own: readonly Check[]
  /** By the index of the dependency. */
  readonly dependencies: readonly (readonly Check[])[]
}

/** Compiles the checks of an operation and of its dependencies, each for itself. */
export function compileOwnedChecks(plan: Plan, rules: CheckRules): OwnedChecks {
  const inputsOf = plan.dependencies.map(({ dependency }) =>
    dependency.scope === 'app' ? undefined : dependency.inputs,
  )
  const owners = [plan.inputs, ...inputsOf.filter((inputs) => inputs !== undefined)]
  const own = checksOf(plan.inputs, storeOwn, owners, rules)
  // Without a schema, parameters are the strings of the path.
  if (!plan.inputs.params && plan.segments.some((segment) => segment.kind !== 'literal')) own.unshift(pathStrings)
  if (plan.body?.schema) own.push({ check: rules.body(plan.body.kind, plan.body.schema), store: storeBody })
  const dependencies = inputsOf.map((inputs, index) =>
    inputs === undefined ? [] : checksOf(inputs, storeFor(index), owners, rules),
  )
  return { own, dependencies }
}

/** Compiles the checks of an operation and of its dependencies, all those together that run together. */
export function compileCheckers(plan: Plan, rules: CheckRules): Checkers {
  const { own, dependencies } = compileOwnedChecks(plan, rules)
  const guards = dependencies.filter((_, index) => plan.dependencies[index]?.guard).flat()
  const rest = [...dependencies.filter((_, index) => !plan.dependencies[index]?.guard).flat(), ...own]
  return {
    guards: guards.length > 0 ? refusing(guards, rules) : undefined,
    rest: rest.length > 0 ? refusing(rest, rules) : undefined,
  }
}

/** Runs checks, and refuses for what they find. */
export function refusing(checks: readonly Check[], rules: CheckRules): Checker {
  const refuse = (issues: Issue[] | undefined, context: RequestContext) =>
    issues && new Failure(rules.error(issues, context))
  return (context) => {
    const issues = checkAll(checks, context)
    return isPromise(issues) ? issues.then((settled) => refuse(settled, context)) : refuse(issues, context)
  }
}

/** Checks one input after the other, and stores what fits. Gives every issue, or `undefined` where there is none. */
export function checkAll(checks: readonly Check[], context: RequestContext): MaybePromise<Issue[] | undefined> {
  let issues: Issue[] | undefined
  for (let index = 0; index < checks.length; index++) {
    const check = checks[index] as Check
    const checked = check.check(context)
    if (isPromise(checked)) return checkLater(checks.slice(index), context, issues ?? [], checked)
    if (checked.issues) issues = issues ? [...issues, ...checked.issues] : [...checked.issues]
    else check.store(context, checked.value)
  }
  return issues
}

/** The same once a check has to be waited for: the others do not wait for it. */
async function checkLater(
  checks: readonly Check[],
  context: RequestContext,
  issues: Issue[],
  first: Promise<Checked>,
): Promise<Issue[] | undefined> {
  const settle = (check: Check, checked: Checked) => {
    if (checked.issues) issues.push(...checked.issues)
    else check.store(context, checked.value)
  }
  const pending: Promise<void>[] = []
  for (const [index, check] of checks.entries()) {
    const checked = index === 0 ? first : check.check(context)
    if (!isPromise(checked)) settle(check, checked)
    else {
      const settled = checked.then((value) => settle(check, value))
      // A later check may throw before anyone waits for this one.
      settled.catch(() => undefined)
      pending.push(settled)
    }
  }
  await Promise.all(pending)
  return issues.length > 0 ? issues : undefined
}

const pathStrings: Check = {
  check: (context) => ({ value: decodeParams(context['~rawParams'] ?? {}) }),
  store: (context, value) => void (context.params = value),
}

type Store = (location: InputLocation) => Check['store']

// One function each: a key that varies makes an access many times slower.
const ownStores: Record<InputLocation, Check['store']> = {
  params: (context, value) => void (context.params = value),
  query: (context, value) => void (context.query = value),
  headers: (context, value) => void (context.headers = value),
  cookies: (context, value) => void (context.cookies = value),
}

const storeOwn: Store = (location) => ownStores[location]

const storeBody: Check['store'] = (context, value) => void (context.body = value)

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

function checksOf(inputs: InputSchemas, store: Store, owners: readonly InputSchemas[], rules: CheckRules): Check[] {
  return (['params', 'query', 'headers', 'cookies'] as const).flatMap((location): Check[] => {
    const schema = inputs[location]
    if (!schema) return []
    const hidden = declaredByOthers(location, inputs, owners)
    return [{ check: rules.input(schema, location, hidden), store: store(location) }]
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
