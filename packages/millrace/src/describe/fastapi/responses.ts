import { titleOf } from '../../errors/codes.ts'
import type { StreamKind } from '../../plan/kind.ts'
import type { Components } from '../components.ts'
import type { ResponseForm } from '../form.ts'
import type { JsonObject } from '../objects.ts'
import { inputsOf } from '../parameters.ts'
import { mediaTypeOf } from '../rawSchemas.ts'
import { fieldTitle } from './names.ts'
import { validationErrorResponse } from './validationError.ts'

/** Answers as FastAPI describes them: JSON unless a response class says otherwise, and 422 for inputs. */
export const responses: ResponseForm = {
  description: (status, _reply, isSuccess) =>
    isSuccess ? 'Successful Response' : (words[status] ?? titleOf(Number(status))),
  content: (reply, status, { components, sides, operationId }, hint) => {
    switch (reply.kind) {
      case 'any':
        return status.startsWith('3') ? {} : { 'application/json': { schema: {} } }
      case 'json': {
        const schema = components.schema(reply.schema, sides.response, hint)
        const isTitled = Object.keys(schema).length === 0 || '$ref' in schema || 'title' in schema
        const title = `Response ${fieldTitle(operationId)}`
        return { [mediaTypeOf(reply)]: { schema: isTitled ? schema : { ...schema, title } } }
      }
      case 'sse':
        return { 'text/event-stream': { itemSchema: eventSchema(reply, components, hint) } }
      case 'jsonl':
        return { 'application/jsonl': { itemSchema: itemOf(reply, components, hint) } }
      case 'text':
      case 'html':
        return { [mediaTypeOf(reply)]: { schema: { type: 'string' } } }
      case 'bytes':
      case 'file':
        // FastAPI's `StreamingResponse` and `FileResponse` have no type unless they are given one.
        return ['application/octet-stream', '*/*'].includes(mediaTypeOf(reply))
          ? {}
          : { [mediaTypeOf(reply)]: { schema: { type: 'string' } } }
    }
  },
  addOwn: (all, plan, { components, names }) => {
    const hasInputs = inputsOf(plan).some((inputs) => Object.values(inputs).some((schema) => schema !== undefined))
    const isDeclared = ['422', '4XX', 'default'].some((status) => status in all)
    if ((names.length > 0 || hasInputs || plan.body?.schema) && !isDeclared)
      all['422'] = validationErrorResponse(components)
  },
}

// Where Python's words for a status are others, and FastAPI's for ranges of them.
const words: Readonly<Record<string, string>> = {
  413: 'Request Entity Too Large',
  414: 'Request-URI Too Long',
  416: 'Requested Range Not Satisfiable',
  418: "I'm a Teapot",
  422: 'Unprocessable Entity',
  '1XX': 'Information',
  '2XX': 'Success',
  '3XX': 'Redirection',
  '4XX': 'Client Error',
  '5XX': 'Server Error',
  default: 'Default Response',
}

/** Of one event. Where items have a schema, it is that of the data; events that tell their names have none. */
function eventSchema(kind: StreamKind, components: Components, hint: string): JsonObject {
  const item = kind.events ? {} : itemOf(kind, components, hint)
  const isKnown = Object.keys(item).length > 0
  const data = isKnown ? { contentMediaType: 'application/json', contentSchema: item } : {}
  return {
    type: 'object',
    properties: {
      data: { type: 'string', ...data },
      event: { type: 'string' },
      id: { type: 'string' },
      retry: { type: 'integer', minimum: 0 },
    },
    ...(isKnown ? { required: ['data'] } : {}),
  }
}

function itemOf({ schema }: StreamKind, components: Components, hint: string): JsonObject {
  return schema ? components.schema(schema, 'output', `${hint}Item`) : {}
}
