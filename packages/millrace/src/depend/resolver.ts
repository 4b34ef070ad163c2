import type { RequestContext } from '../input/context.ts'
import type { Dependency } from '../plan/dependency.ts'
import type { DependencyPlan, Plan } from '../plan/plan.ts'
import { isPromise, type MaybePromise } from '../serve/maybePromise.ts'
import { attemptOf } from './attempt.ts'
import { InnerContext } from './context.ts'
import { isGenerator, open } from './generator.ts'

/** Values of app-scoped dependencies, opened at start-up. */
export type AppValues = ReadonlyMap<Dependency, unknown>

/**
 * Makes dependencies and puts their values into the context. A failure aborts the signal of the others; once
 * they are through, it rejects with the first one, in order.
 */
export type Resolver = (context: RequestContext) => MaybePromise<void>

/**
 * The resolvers of an operation: `security` before anything is checked, so that who may not ask learns nothing of what
 * there is to ask; `guards` after their own inputs and before the body is read, `rest` after all inputs are checked.
 */
export interface Resolvers {
  readonly security: Resolver | undefined
  readonly guards: Resolver | undefined
  readonly rest: Resolver | undefined
}

/** Compiles how the dependencies of an operation are made: independent ones at the same time. */
export function compileResolvers(plan: Plan, appValues: AppValues): Resolvers {
  const { dependencies } = plan
  const security = securityOf(dependencies)
  const indexes = [...dependencies.keys()]
  const isGuard = (index: number) => (dependencies[index] as DependencyPlan).guard
  const compile = (some: readonly number[]) => (some.length > 0 ? resolveAll(dependencies, some, appValues) : undefined)
  return {
    security: compile(indexes.filter((index) => security.has(index))),
    guards: compile(indexes.filter((index) => isGuard(index) && !security.has(index))),
    rest: compile(indexes.filter((index) => !isGuard(index))),
  }
}

/** The guards that find out who asks without any input that has to be checked, and all that these need. */
function securityOf(nodes: readonly DependencyPlan[]): ReadonlySet<number> {
  const inputless = new Set<number>()
  const found = new Set<number>()
  for (const [index, { dependency, names, guard }] of nodes.entries()) {
    const { inputs, isSecurity } = dependency
    const needs = Object.values(names)
    if (Object.values(inputs).some((schema) => schema) || !needs.every((needed) => inputless.has(needed))) continue
    inputless.add(index)
    if (guard && isSecurity) found.add(index)
  }
  // Each node stands after all that it needs, so that one pass from the end finds everything.
  for (let index = nodes.length - 1; index >= 0; index--)
    if (found.has(index)) for (const needed of Object.values((nodes[index] as DependencyPlan).names)) found.add(needed)
  return found
}

/** Puts the values under their names into a handler's context. */
export function bindNames(plan: Plan): ((context: RequestContext) => void) | undefined {
  const entries = Object.entries(plan.names)
  if (entries.length === 0) return undefined
  return (context) => bind(context as unknown as Record<string, unknown>, entries, context['~values'] as unknown[])
}

function resolveAll(nodes: readonly DependencyPlan[], indexes: readonly number[], appValues: AppValues): Resolver {
  const steps = indexes.map((index) => compileMaking(nodes[index] as DependencyPlan, index, appValues))
  return (context) => {
    context['~values'] ??= new Array(nodes.length)
    let pending: (Promise<void> | undefined)[] | undefined
    for (const step of steps) {
      const waiting = pending && step.needs.map((index) => pending?.[index]).filter((one) => one !== undefined)
      const made = waiting?.length
        ? Promise.all(waiting).then(() => (context['~failure'] === undefined ? step.make(context) : undefined))
        : attempt(step.make, context, pending)
      if (!isPromise(made)) continue
      pending ??= []
      pending[step.index] = made
    }
    return pending && allSettled(pending, context)
  }
}

/** A failure while others are still being made waits for them, so that what they open is closed again. */
function attempt(make: Resolver, context: RequestContext, pending: unknown[] | undefined): MaybePromise<void> {
  if (!pending) return make(context)
  try {
    return make(context)
  } catch (error) {
    return Promise.reject(error)
  }
}

/** @throws the first failure, in order, but not one that only came because another had failed */
async function allSettled(pending: readonly (Promise<void> | undefined)[], context: RequestContext): Promise<void> {
  const failures: unknown[] = []
  const onFailure = (error: unknown) => {
    if (failures.push(error) === 1) context['~failDependencies'](error)
    throw error
  }
  const results = await Promise.allSettled(pending.map((made) => made?.catch(onFailure)))
  for (const result of results) if (result.status === 'rejected' && !isAbort(result.reason)) throw result.reason
  if (failures.length > 0) throw failures[0]
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError'
}

/** Makes one dependency of an operation, once all that it needs has been made. */
export interface Making {
  readonly index: number
  readonly needs: readonly number[]
  readonly make: Resolver
}

/** Compiles how one dependency of an operation is made. */
export function compileMaking(node: DependencyPlan, index: number, appValues: AppValues): Making {
  const { dependency, names } = node
  const entries = Object.entries(names)
  const needs = Object.values(names)
  if (dependency.scope === 'app')
    return {
      index,
      needs: [],
      make: (context) => void ((context['~values'] as unknown[])[index] = appValues.get(dependency)),
    }
  if (dependency.security?.kind === 'scopes')
    return { index, needs: [], make: (context) => void ((context['~values'] as unknown[])[index] = node.scopes) }
  const { scope, label, make: makeValue } = dependency
  const make: Resolver = (context) => {
    const values = context['~values'] as unknown[]
    const inner = new InnerContext(context, context['~inputs']?.[index])
    bind(inner as unknown as Record<string, unknown>, entries, values)
    const made = makeValue(inner)
    if (isGenerator(made))
      return open(made, label, (value) => {
        values[index] = value
        context['~opened'] ??= []
        context['~opened'].push({ label, scope, generator: made })
      })
    if (isPromise(made)) return made.then((value) => void (values[index] = value))
    values[index] = made
    return undefined
  }
  return { index, needs, make: node.isAttempt ? attemptOf(node, index, make) : make }
}

function bind(
  target: Record<string, unknown>,
  entries: readonly (readonly [string, number])[],
  values: readonly unknown[],
): void {
  for (const [name, index] of entries) target[name] = values[index]
}
