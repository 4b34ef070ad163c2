import type { JsonSchema } from '../../plan/jsonSchema.ts'
import type { Components } from '../components.ts'
import type { JsonObject } from '../objects.ts'

const properties = {
  type: { type: 'string', format: 'uri-reference', default: 'about:blank' },
  title: { type: 'string', description: 'The reason phrase of the status.' },
  status: { type: 'integer', minimum: 400, maximum: 599 },
  detail: { type: 'string', description: 'What went wrong, for people to read.' },
  code: { type: 'string', description: 'A stable name that programs can test for.' },
}

const problem: JsonSchema = {
  type: 'object',
  description: 'What went wrong (RFC 9457).',
  properties,
  required: ['type', 'title', 'status', 'detail'],
}

const inputProblem: JsonSchema = {
  type: 'object',
  description: 'Which inputs are not valid: every issue of every location (RFC 9457).',
  properties: {
    ...properties,
    status: { const: 422 },
    code: { const: 'invalid_input' },
    errors: {
      type: 'array',
      items: {
        type: 'object',
        properties: {
          in: { type: 'string', enum: ['params', 'query', 'headers', 'cookies', 'body'] },
          path: {
            type: 'array',
            items: { anyOf: [{ type: 'string' }, { type: 'integer' }] },
            description: 'The keys that lead to the value.',
          },
          code: { type: 'string', description: '`missing`, or the code of the schema library.' },
          message: { type: 'string' },
        },
        required: ['in', 'path', 'code', 'message'],
      },
    },
  },
  required: ['type', 'title', 'status', 'detail', 'code', 'errors'],
}

/** A reference to the schema of problem objects. */
export function problemSchema(components: Components): JsonObject {
  return components.own('Problem', problem)
}

/** A Response Object of a problem. */
export function problemResponse(components: Components, description: string): JsonObject {
  return { description, content: { 'application/problem+json': { schema: problemSchema(components) } } }
}

/** A Response Object of the problem that tells of inputs that are not valid. */
export function inputProblemResponse(components: Components, description: string): JsonObject {
  const schema = components.own('InputProblem', inputProblem)
  return { description, content: { 'application/problem+json': { schema } } }
}
