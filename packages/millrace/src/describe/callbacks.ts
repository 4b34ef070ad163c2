import type { CallbackPlan, Plan } from '../plan/plan.ts'
import type { JsonObject } from './objects.ts'
import { type Common, describeOperation } from './operation.ts'

/** Callback Objects by name: the URL of each, and the operation that the caller answers. */
export function callbacksOf(callbacks: readonly CallbackPlan[], common: Common): JsonObject | undefined {
  if (callbacks.length === 0) return undefined
  const written: Record<string, Record<string, JsonObject>> = {}
  for (const { name, plan } of callbacks) {
    const paths = (written[name] ??= {})
    const item = (paths[plan.path] ??= {})
    item[plan.method.toLowerCase()] = describeOutgoing(plan, common)
  }
  return written
}

/** Path Items of webhooks by name. */
export function webhooksOf(webhooks: readonly Plan[], common: Common): JsonObject | undefined {
  if (webhooks.length === 0) return undefined
  const shown = webhooks.filter(({ docs }) => !docs.hidden)
  return Object.fromEntries(
    shown.map((plan) => [plan.path, { [plan.method.toLowerCase()]: describeOutgoing(plan, common) }]),
  )
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
