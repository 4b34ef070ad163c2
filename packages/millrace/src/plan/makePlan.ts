import { StartupError } from '../errors/StartupError.ts'
import type { Callable, Dependencies } from './dependency.ts'
import { docsPlan } from './docs.ts'
import { layOut, type Overrides } from './graph.ts'
import type { BeyondJson } from './jsonSchema.ts'
import type { BodyKind, Kind, ReplyKind, StreamKind } from './kind.ts'
import { amount, milliseconds } from './limits.ts'
import { capitalize, type OperationIdFunction } from './operationId.ts'
import type { Callbacks, OutgoingSpec } from './outgoing.ts'
import { parsePath, type Segment } from './path.ts'
import type { BodyPlan, CallbackPlan, DocsPlan, ErrorHandlerEntry, Plan, ReplyPlan } from './plan.ts'
import { refuseAbsentParams, refuseUnsatisfiable } from './refuseUnsatisfiable.ts'
import { isSchema, type MaybeSchema, type SchemaLike } from './schema.ts'
import { referTo, targetOf } from './security.ts'
import type { BaseSpec, Responses } from './spec.ts'

/** What an app or a router gives to all its operations. */
export interface Level {
  readonly tags: readonly string[]
  readonly deps: Dependencies
  readonly responses: Responses
  /** Of operations that declare no `response`. */
  readonly defaultResponse: ReplyKind | undefined
  readonly use: Callable[]
  readonly onError: ErrorHandlerEntry[]
  readonly docs: LevelDocs
  readonly limits: LevelLimits
}

/** Limits of operations that do not say otherwise; the nearest level counts, and the app's is last. */
export interface LevelLimits {
  /** For the answer to begin; later is answered with 504. */
  readonly timeoutMs?: number | undefined
  /** More is answered with 413. */
  readonly maxBodyBytes?: number | undefined
  /** Of JSON, or of fields of a form; more is answered with 413. */
  readonly maxBodyValues?: number | undefined
  /** Whether a body of JSON, text or a form has to say that it is one. Default true. */
  readonly strictContentType?: boolean | undefined
  /** Whether bodies with a `content-encoding` are taken. Default false. */
  readonly decompress?: boolean | undefined
}

/** What an app or a router says of all its operations in the document. */
export interface LevelDocs {
  /** Of operations that do not say it themselves. Default false. */
  readonly deprecated?: boolean
  /** Of operations that do not say it themselves: left out of the document. Default false. */
  readonly hidden?: boolean
  /** Requests that are sent to callers later, by name. */
  readonly callbacks?: Callbacks
  /** Makes the ids of operations that give none. Default: made of method and path, as `getItemsById`. */
  readonly operationId?: OperationIdFunction
}

/** An operation as it was registered. */
export interface Definition {
  readonly method: string
  /** With every prefix. */
  readonly path: string
  readonly spec: BaseSpec
  readonly handler: Callable
  /** App first, the operation's own router last. */
  readonly levels: readonly Level[]
}

/** A request that others answer, as it was declared. */
export interface OutgoingDefinition {
  readonly name: string
  readonly operationId: string
  /** A webhook's name, or a callback's URL. */
  readonly path: string
  readonly spec: OutgoingSpec
}

/** What the app decides for operations that do not. */
export interface PlanDefaults {
  readonly maxBodyBytes: number
  readonly maxBodyValues: number
  readonly timeoutMs: number | undefined
  readonly overrides: Overrides
  /** Types that JSON does not have, and that are made of what it has. */
  readonly madeOfJson: readonly BeyondJson[]
  /** Makes the ids of operations for which neither they nor app and routers do. */
  readonly operationId: OperationIdFunction
}

/**
 * Makes the plan of an operation from all that was declared for it.
 *
 * @throws {StartupError} for what cannot be served
 */
export function makePlan(definition: Definition, defaults: PlanDefaults): Plan {
  const { method, path, spec, levels } = definition
  const docs = docsPlan(definition, defaults.operationId)
  const callbacks = [...levels.map((level) => level.docs.callbacks), spec.callbacks].flatMap((all) =>
    callbackPlans(all ?? {}, docs.operationId, defaults),
  )
  const segments = parsePath(path)
  const plan = planOf(definition, segments, { ...docs, callbacks }, defaults)
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
  const definition = { method, path, spec: { ...rest, name, operationId }, handler: () => undefined, levels: [] }
  return planOf(definition, [], { ...docsPlan(definition, defaults.operationId), callbacks: [] }, defaults)
}

function callbackPlans(callbacks: Callbacks, parentId: string, defaults: PlanDefaults): CallbackPlan[] {
  return Object.entries(callbacks).flatMap(([name, all]) =>
    [all].flat().map(({ expression, spec }, index) => {
      const made = parentId + capitalize(name) + (index === 0 ? '' : index + 1)
      const operationId = spec.operationId ?? made
      return { name, plan: makeOutgoingPlan({ name, operationId, path: expression, spec }, defaults) }
    }),
  )
}

function planOf(
  { method, path, spec, handler, levels }: Definition,
  segments: readonly Segment[],
  docs: DocsPlan,
  defaults: PlanDefaults,
): Plan {
  const name = `${method} ${path}`
  const { nodes, names } = layOut(allDependencies(levels, spec, name), defaults.overrides)
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
    reply: ownReply(levels, spec, name),
    replies: otherReplies(docs.responses, name),
    status: finalStatus(spec.status ?? 200, name),
    dependencies: nodes,
    names,
    handler,
    use: [...levels.flatMap((level) => level.use), ...(spec.use ?? [])],
    onError: levels.map((level) => level.onError).reverse(),
    ...limitsOf(levels, spec, name, defaults),
    docs,
  }
  return Object.freeze(plan)
}

type Limits = Pick<Plan, keyof LevelLimits>

function limitsOf(levels: readonly Level[], spec: BaseSpec, name: string, defaults: PlanDefaults): Limits {
  const nearest = <K extends keyof LevelLimits>(key: K): LevelLimits[K] =>
    spec[key] ?? levels.findLast(({ limits }) => limits[key] !== undefined)?.limits[key]
  const timeoutMs = nearest('timeoutMs')
  return {
    timeoutMs: timeoutMs === undefined ? defaults.timeoutMs : milliseconds(timeoutMs, `timeoutMs of ${name}`),
    maxBodyBytes: amount(nearest('maxBodyBytes') ?? defaults.maxBodyBytes, `maxBodyBytes of ${name}`),
    maxBodyValues: amount(nearest('maxBodyValues') ?? defaults.maxBodyValues, `maxBodyValues of ${name}`),
    strictContentType: nearest('strictContentType') ?? true,
    decompress: nearest('decompress') ?? false,
  }
}

/** By its shape: it may be of another copy of the package. */
function isDependency(value: unknown): boolean {
  return typeof (value as { readonly make?: unknown } | null | undefined)?.make === 'function'
}

function allDependencies(levels: readonly Level[], spec: BaseSpec, name: string): Dependencies {
  const all: Record<string, Dependencies[string]> = {}
  for (const deps of [...levels.map((level) => level.deps), spec.deps ?? {}])
    for (const [key, dependency] of Object.entries(deps)) {
      if (!isDependency(dependency))
        throw new StartupError(
          'malformed_spec',
          `'${key}' in 'deps' of ${name} is no dependency: make it by dependency()`,
        )
      const present = all[key]
      if (present !== undefined && targetOf(present).dependency !== targetOf(dependency).dependency)
        throw new StartupError(
          'name_clash',
          `${name} has two dependencies named '${key}': app, routers and operation share one context`,
        )
      // A level that asks it for more scopes adds to those of the levels around it.
      const isMore = present !== undefined && present !== dependency
      all[key] = isMore ? referTo(present, targetOf(dependency).scopes) : dependency
    }
  return all
}

function schemaOrNone(value: unknown, name: string, key: string): MaybeSchema {
  if (value === undefined || isSchema(value)) return value
  throw new StartupError(
    'malformed_spec',
    `'${key}' of ${name} is not a Standard Schema: use zod, valibot, arktype or another that is`,
  )
}

/** Of what is no schema. */
function isKind<K extends Kind>(value: SchemaLike | K): value is K {
  return typeof value === 'object' && value !== null && 'kind' in value
}

const bodyKinds: readonly BodyKind['kind'][] = ['form', 'multipart', 'parts', 'text', 'bytes', 'byteStream']

function bodyPlan(body: SchemaLike | BodyKind, name: string): BodyPlan {
  if (isSchema(body)) return { kind: 'json', schema: body }
  if (isKind(body) && bodyKinds.includes(body.kind)) return body
  throw new StartupError(
    'malformed_spec',
    `'body' of ${name} is neither a Standard Schema nor form(), multipart(), parts(), text(), bytes() or byteStream()`,
  )
}

function replyPlan(reply: SchemaLike | ReplyKind | StreamKind, name: string): ReplyPlan {
  if (isSchema(reply)) return { kind: 'json', schema: reply }
  if (isKind(reply) && ['json', 'text', 'html', 'bytes', 'file', 'sse', 'jsonl'].includes(reply.kind))
    return reply as ReplyPlan
  throw new StartupError(
    'malformed_spec',
    `'response' of ${name} is neither a Standard Schema nor json(), sse(), jsonl(), text(), html(), bytes() or file()`,
  )
}

/** That of the operation, else of the nearest level that has one, else whatever the handler returns. */
function ownReply(levels: readonly Level[], spec: BaseSpec, name: string): ReplyPlan {
  const response = spec.response ?? levels.findLast((level) => level.defaultResponse)?.defaultResponse
  return response === undefined ? { kind: 'any' } : replyPlan(response, name)
}

function otherReplies(responses: DocsPlan['responses'], name: string): ReadonlyMap<number, ReplyPlan> {
  const replies = new Map<number, ReplyPlan>()
  for (const [status, { body }] of responses)
    if (body && /^\d+$/.test(status)) replies.set(finalStatus(Number(status), name), replyPlan(body, name))
  return replies
}

/** RFC 9110, section 15: what is below 200 is followed by another answer, and there is nothing above 599. */
function finalStatus(status: number, name: string): number {
  if (Number.isInteger(status) && status >= 200 && status <= 599) return status
  throw new StartupError('malformed_spec', `${name} cannot answer with the status ${status}: take one from 200 to 599`)
}
