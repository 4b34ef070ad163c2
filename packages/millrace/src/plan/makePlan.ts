import { allDependencies } from './allDependencies.ts'
import { bodyPlan, finalStatus, otherReplies, ownReply, schemaOrNone } from './declared.ts'
import type { Definition, LevelLimits, OutgoingDefinition, PlanDefaults } from './definition.ts'
import { docsPlan } from './docs.ts'
import { layOut } from './graph.ts'
import { type Inherited, inheritedFrom } from './inherited.ts'
import { amount, milliseconds } from './limits.ts'
import { capitalize } from './operationId.ts'
import type { Callbacks } from './outgoing.ts'
import type { CallbackPlan, DocsPlan, Plan } from './plan.ts'
import { refuseAbsentParams, refuseUnsatisfiable } from './refuseUnsatisfiable.ts'
import type { BaseSpec } from './spec.ts'

/**
 * Makes the plan of an operation from all that was declared for it.
 *
 * @throws {StartupError} for what cannot be served
 */
export function makePlan(definition: Definition, defaults: PlanDefaults): Plan {
  const { method, path, segments, spec, inherited } = definition
  const docs = docsPlan(definition, defaults.operationId)
  const callbacks = spec.callbacks ? [...inherited.callbacks, spec.callbacks] : inherited.callbacks
  const callbackPlans = callbacks.flatMap((all) => callbackPlansOf(all, docs.operationId, defaults))
  const plan = planOf(definition, { ...docs, callbacks: callbackPlans }, defaults)
  const name = `${method} ${path}`
  refuseAbsentParams(plan.inputs.params, segments, name)
  refuseUnsatisfiable(plan.inputs, plan.body, name, defaults.madeOfJson)
  for (const { dependency } of plan.dependencies) {
    refuseAbsentParams(dependency.inputs.params, segments, `'${dependency.label}', needed by ${name},`)
    refuseUnsatisfiable(dependency.inputs, undefined, `'${dependency.label}'`, defaults.madeOfJson)
  }
  return plan
}

/**
 * Makes the plan of a request that others answer, for the document.
 *
 * @throws {StartupError} for what cannot be described
 */
export function makeOutgoingPlan({ name, operationId, path, spec }: OutgoingDefinition, defaults: PlanDefaults): Plan {
  const { method = 'POST', ...rest } = spec
  const definition = {
    method,
    path,
    segments: [],
    spec: { ...rest, name, operationId },
    handler: () => undefined,
    inherited: inheritedFrom([]),
  }
  return planOf(definition, { ...docsPlan(definition, undefined), callbacks: [] }, defaults)
}

function callbackPlansOf(callbacks: Callbacks, parentId: string, defaults: PlanDefaults): CallbackPlan[] {
  return Object.entries(callbacks).flatMap(([name, all]) =>
    [all].flat().map(({ expression, spec }, index) => {
      const made = parentId + capitalize(name) + (index === 0 ? '' : index + 1)
      const operationId = spec.operationId ?? made
      return { name, plan: makeOutgoingPlan({ name, operationId, path: expression, spec }, defaults) }
    }),
  )
}

function planOf(
  { method, path, segments, spec, handler, inherited }: Definition,
  docs: DocsPlan,
  defaults: PlanDefaults,
): Plan {
  const name = `${method} ${path}`
  const { nodes, names } = layOut(allDependencies(inherited, spec, name), defaults.overrides)
  const plan: Plan = {
    method,
    path,
    segments,
    inputs: {
      params: schemaOrNone(spec.params, name, 'params'),
      query: schemaOrNone(spec.query, name, 'query'),
      headers: schemaOrNone(spec.headers, name, 'headers'),
      cookies: schemaOrNone(spec.cookies, name, 'cookies'),
    },
    body: spec.body === undefined ? undefined : bodyPlan(spec.body, name),
    reply: ownReply(inherited, spec, name),
    replies: otherReplies(docs.responses, name),
    status: finalStatus(spec.status ?? 200, name),
    dependencies: nodes,
    names,
    handler,
    use: spec.use ? [...inherited.use, ...spec.use] : inherited.use,
    onError: inherited.onError,
    ...limitsOf(inherited, spec, name, defaults),
    docs,
  }
  return Object.freeze(plan)
}

type Limits = Pick<Plan, keyof LevelLimits>

function limitsOf({ limits }: Inherited, spec: BaseSpec, name: string, defaults: PlanDefaults): Limits {
  const nearest = <K extends keyof LevelLimits>(key: K): LevelLimits[K] => spec[key] ?? limits[key]
  const timeoutMs = nearest('timeoutMs')
  return {
    timeoutMs: timeoutMs === undefined ? defaults.timeoutMs : milliseconds(timeoutMs, `timeoutMs of ${name}`),
    maxBodyBytes: amount(nearest('maxBodyBytes') ?? defaults.maxBodyBytes, `maxBodyBytes of ${name}`),
    maxBodyValues: amount(nearest('maxBodyValues') ?? defaults.maxBodyValues, `maxBodyValues of ${name}`),
    strictContentType: nearest('strictContentType') ?? true,
    decompress: nearest('decompress') ?? false,
  }
}
