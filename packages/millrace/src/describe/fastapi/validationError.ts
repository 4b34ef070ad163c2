import type { JsonSchema } from '../../plan/jsonSchema.ts'
import type { Components } from '../components.ts'
import type { JsonObject } from '../objects.ts'

const validationError: JsonSchema = {
  type: 'object',
  title: 'ValidationError',
  properties: {
    loc: { title: 'Location', type: 'array', items: { anyOf: [{ type: 'string' }, { type: 'integer' }] } },
    msg: { title: 'Message', type: 'string' },
    type: { title: 'Error Type', type: 'string' },
    input: { title: 'Input' },
    ctx: { title: 'Context', type: 'object' },
  },
  required: ['loc', 'msg', 'type'],
}

const httpValidationError: JsonSchema = {
  type: 'object',
  title: 'HTTPValidationError',
  properties: { detail: { title: 'Detail', type: 'array', items: { $ref: '#/$defs/ValidationError' } } },
  $defs: { ValidationError: validationError },
}

/** The Response Object of inputs that are not valid. */
export function validationErrorResponse(components: Components): JsonObject {
  const schema = components.own('HTTPValidationError', httpValidationError)
  return { description: 'Validation Error', content: { 'application/json': { schema } } }
}
