import type { Side } from '../plan/jsonSchema.ts'
import type { Plan } from '../plan/plan.ts'
import { callbacksOf } from './callbacks.ts'
import type { Components } from './components.ts'
import type { DocumentForm } from './form.ts'
import { describeModel, modelsOf, sentenceOf } from './models.ts'
import { compact, deepMerge, type JsonObject } from './objects.ts'
import { type Parameter, parametersOf } from './parameters.ts'
import { requestBodyOf } from './requestBody.ts'
import { responsesOf } from './responses.ts'
import { requirementsOf } from './security.ts'
import { capitalize } from './words.ts'

/** What all operations of a document are written with. */
export interface Common {
  readonly version: '3.1' | '3.2'
  readonly form: DocumentForm
  readonly components: Components
}

/** What one variant of an operation is written with. */
export interface OperationOptions extends Common {
  /** Names of the path parameters in this variant. */
  readonly names: readonly string[]
  readonly operationId: string
  /** The same names, where an operation before has given this path others. */
  readonly pathNames: readonly string[]
  /** Others answer it: a callback or a webhook. */
  readonly isOutgoing: boolean
  /** Which sides of the schemas travel. */
  readonly sides: { readonly request: Side; readonly response: Side }
}

/** The Operation Object of a plan. */
export function describeOperation(plan: Plan, options: OperationOptions): JsonObject {
  const { form, operationId, names, pathNames, isOutgoing } = options
  const { tags, summary, description, externalDocs, servers, callbacks, deprecated, openapi } = plan.docs
  const hint = capitalize(plan.docs.operationId)
  const parameters = parametersOf(plan, options, hint)
  const requirements = requirementsOf(plan, form)
  const models = modelsOf(plan)
  const operation = compact({
    tags: tags.length > 0 ? tags : undefined,
    summary: summary ?? form.summary(plan, isOutgoing),
    description: [description, ...models.map(sentenceOf)].filter(Boolean).join('\n\n') || undefined,
    externalDocs,
    operationId,
    parameters: parameters.length > 0 ? parameters.map((one) => renamed(one, names, pathNames)) : undefined,
    requestBody: requestBodyOf(plan, options),
    responses: responsesOf(plan, options, hint),
    callbacks: callbacksOf(callbacks, options),
    deprecated: deprecated ? true : undefined,
    security: requirements && form.security(requirements),
    servers,
    'x-millrace-models': models.length > 0 ? models.map(describeModel) : undefined,
  })
  return openapi ? deepMerge(operation, openapi, form.areListsJoined) : operation
}

function renamed(parameter: Parameter, names: readonly string[], pathNames: readonly string[]): Parameter {
  if (parameter.in !== 'path') return parameter
  return { ...parameter, name: pathNames[names.indexOf(parameter.name)] ?? parameter.name }
}
