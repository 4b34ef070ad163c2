import { checkAll, compileOwnedChecks, refusing } from '../../check/checker.ts'
import { Failure } from '../../check/Failure.ts'
import { compileMaking } from '../../depend/resolver.ts'
import type { Issue } from '../../errors/InputError.ts'
import type { RequestContext } from '../../input/context.ts'
import type { DependencyPlan } from '../../plan/plan.ts'
import type { Order } from '../../run/order.ts'

/**
 * FastAPI's: the body is read and parsed first, whatever guards there are. Then come the dependencies, one after
 * the other, each after those that it needs. One whose inputs do not fit is not called, nor are those that need
 * it, but all others are; one that throws ends it. Then come the operation's own inputs, and all issues are told.
 */
export const bodyFirst: Order = (plan, { checks, appValues, readBody }) => {
  const { own, dependencies } = compileOwnedChecks(plan, checks)
  const steps = plan.dependencies.map((node, index) => ({
    needs: Object.values(node.names),
    checks: dependencies[index] ?? [],
    making: compileMaking(node, index, appValues),
  }))
  const top = Object.values(plan.names)
  if (steps.length === 0) return [readBody, own.length > 0 ? refusing(own, checks) : undefined]

  const prepare = async (context: RequestContext): Promise<Failure | undefined> => {
    context['~values'] ??= new Array(steps.length)
    const found: (Issue[] | undefined)[] = []
    const isLeftOut = new Set<number>()
    for (const [index, { needs, checks: inputs, making }] of steps.entries()) {
      const issues = inputs.length > 0 ? await checkAll(inputs, context) : undefined
      found.push(issues)
      if (issues || needs.some((needed) => isLeftOut.has(needed))) isLeftOut.add(index)
      else await making.make(context)
    }
    const ownIssues = await checkAll(own, context)
    if (isLeftOut.size === 0 && !ownIssues) return undefined
    const all = top.flatMap((index) => issuesOf(index, plan.dependencies, found))
    return new Failure(checks.error([...all, ...(ownIssues ?? [])], context))
  }
  return [readBody, prepare]
}

/** Those of what a dependency needs, then its own: once for each way that leads to them. */
function issuesOf(
  index: number,
  nodes: readonly DependencyPlan[],
  found: readonly (readonly Issue[] | undefined)[],
): readonly Issue[] {
  const needs = Object.values(nodes[index]?.names ?? {})
  return [...needs.flatMap((needed) => issuesOf(needed, nodes, found)), ...(found[index] ?? [])]
}
