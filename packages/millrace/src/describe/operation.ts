import type { Plan } from '../plan/plan.ts'
import type { Components } from './components.ts'
import { describeModel, modelsOf, sentenceOf } from './models.ts'
import { compact, deepMerge, type JsonObject } from './objects.ts'
import { type Parameter, parametersOf } from './parameters.ts'
import type { PathVariant } from './paths.ts'
import { requestBodyOf } from './requestBody.ts'
import { responsesOf } from './responses.ts'
import { capitalize, titleOfId } from './words.ts'

/** What one variant of an operation is written with. */
export interface OperationOptions {
  readonly version: '3.1' | '3.2'
  readonly components: Components
  readonly variant: PathVariant
  readonly operationId: string
  /** Names of the path parameters, where an operation before has given this path other names. */
  readonly pathNames: readonly string[]
}

/** The Operation Object of a plan. */
export function describeOperation(plan: Plan, options: OperationOptions): JsonObject {
  const { version, components, variant, operationId, pathNames } = options
  const { tags, summary, description, deprecated, openapi } = plan.docs
  const hint = capitalize(plan.docs.operationId)
  const parameters = parametersOf(plan, variant.names, components, hint)
  const models = modelsOf(plan)
  const operation = compact({
    tags: tags.length > 0 ? tags : undefined,
    summary: summary ?? titleOfId(plan.docs.operationId),
    description: [description, ...models.map(sentenceOf)].filter(Boolean).join('\n\n') || undefined,
    operationId,
    parameters: parameters.length > 0 ? parameters.map((one) => renamed(one, variant.names, pathNames)) : undefined,
    requestBody: requestBodyOf(plan, components, hint),
    responses: responsesOf(plan, version, components, hint),
    deprecated: deprecated ? true : undefined,
    'x-millrace-models': models.length > 0 ? models.map(describeModel) : undefined,
  })
  return openapi ? deepMerge(operation, openapi) : operation
}

function renamed(parameter: Parameter, names: readonly string[], pathNames: readonly string[]): Parameter {
  if (parameter.in !== 'path') return parameter
  return { ...parameter, name: pathNames[names.indexOf(parameter.name)] ?? parameter.name }
}
