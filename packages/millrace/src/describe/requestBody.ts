import type { BodyPlan, Plan } from '../plan/plan.ts'
import { examplesOf } from './examples.ts'
import { compact, type JsonObject } from './objects.ts'
import type { OperationOptions } from './operation.ts'
import { partEncodings } from './partEncodings.ts'
import { mediaTypeOf, rawSchemas } from './rawSchemas.ts'

/** The Request Body Object of an operation. */
export function requestBodyOf(plan: Plan, options: OperationOptions): JsonObject | undefined {
  const { body, docs } = plan
  // What is described by hand needs no word that it is bytes.
  if (!body || (!body.schema && docs.openapi?.['requestBody'])) return undefined
  const media = compact({
    schema: schemaOf(body, options, docs.operationId),
    encoding: body.kind === 'multipart' ? partEncodings(body) : undefined,
    examples: examplesOf(docs.examples),
  })
  return options.form.requestBody(isRequired(body), { [mediaTypeOf(body)]: media })
}

function schemaOf(body: BodyPlan, { form, components, sides }: OperationOptions, id: string): JsonObject {
  if (body.schema) return components.schema(body.schema, sides.request, form.bodyName(id))
  if (body.kind === 'parts') return { type: 'object' }
  return rawSchemas[body.kind === 'text' ? 'text' : 'bytes']()
}

/**
 * A body can be left out where its schema accepts what is then checked: `undefined` for JSON, no fields for a
 * form. The schema itself is asked, since JSON Schema has no word for `undefined`. One that answers later, or
 * throws, counts as requiring a body.
 */
function isRequired({ kind, schema }: BodyPlan): boolean {
  if (!schema) return true
  try {
    const result = schema['~standard'].validate(kind === 'json' ? undefined : {})
    if (!(result instanceof Promise)) return result.issues !== undefined
    result.catch(() => undefined)
    return true
  } catch {
    return true
  }
}
