import type { CallbackPlan, Plan } from '../plan/plan.ts'
import type { JsonObject } from './objects.ts'
import { type Common, describeOperation } from './operation.ts'

/** Callback Objects by name: the URL of each, and the operation that the caller answers. */
export function callbacksOf(callbacks: readonly CallbackPlan[], common: Common): JsonObject | undefined {
  const written: Record<string, Record<string, JsonObject>> = {}
  for (const { name, plan } of callbacks) {
    if (plan.docs.hidden) continue
    const paths = (written[name] ??= {})
    const item = (paths[plan.path] ??= {})
    item[plan.method.toLowerCase()] = describeOutgoing(plan, common)
  }
  return unlessEmpty(written)
}

/** Path Items of webhooks by name. */
export function webhooksOf(webhooks: readonly Plan[], common: Common): JsonObject | undefined {
  const written: Record<string, JsonObject> = {}
  for (const plan of webhooks) {
    if (plan.docs.hidden) continue
    const item = (written[plan.path] ??= {})
    item[plan.method.toLowerCase()] = describeOutgoing(plan, common)
  }
  return unlessEmpty(written)
}

function unlessEmpty(written: JsonObject): JsonObject | undefined {
  return Object.keys(written).length > 0 ? written : undefined
}

function describeOutgoing(plan: Plan, common: Common): JsonObject {
  return describeOperation(plan, {
    ...common,
    names: [],
    operationId: plan.docs.operationId,
    pathNames: [],
    isOutgoing: true,
    sides: common.form.outgoingSides,
  })
}
