import type { DocumentForm } from '../form.ts'
import { compact, type JsonObject } from '../objects.ts'
import { capitalize, titleOfId } from '../words.ts'
import { responses } from './responses.ts'

/** Millrace's own form: what OpenAPI 3.1 and 3.2 say, no more words than needed, and every problem. */
export const millraceForm: DocumentForm = Object.freeze({
  operationId: undefined,
  openapi: { '3.1': '3.1.2', '3.2': '3.2.0' },
  title: 'Millrace API',
  paths: { areMerged: true, isLastWritten: false, showsSockets: true },
  schemas: {
    prepare: (schema) => schema,
    isComponent: ({ type, title }) => type === 'object' && typeof title === 'string',
    areUnnamedJoined: true,
    suffixes: { input: 'Input', output: 'Output' },
    component: (body) => body,
  },
  responses,
  // What we send is what our schemas return, and what comes back is what they accept.
  outgoingSides: { request: 'output', response: 'input' },
  summary: ({ docs }, isOutgoing) => titleOfId(isOutgoing ? docs.name : docs.operationId),
  bodyName: (operationId) => `${capitalize(operationId)}Body`,
  // What OpenAPI says of a parameter rather than of its schema is taken out of the schema.
  parameterName: (name) => name,
  parameter: ({ name, part, isRequired }, location, written) => {
    const { description: _, deprecated: __, examples: ___, ...schema } = written
    const examples = Array.isArray(part['examples']) ? part['examples'] : []
    return {
      name,
      in: location,
      ...compact({
        required: isRequired || location === 'path' ? true : undefined,
        description: part['description'],
        deprecated: part['deprecated'] === true ? true : undefined,
        schema,
        ...numbered(examples),
      }),
    }
  },
  pathParameter: (name) => ({ name, in: 'path', required: true, schema: { type: 'string' } }),
  requestBody: (required, content) => ({ required, content }),
  schemeName: ({ name, defaultName }) => name ?? defaultName,
  security: (requirements) => requirements,
  tags: (described, used) => {
    const tags = new Map(described.map((tag) => [tag.name, tag]))
    for (const name of used) if (!tags.has(name)) tags.set(name, { name })
    return [...tags.values()]
  },
  areListsJoined: false,
  finish: (document) => document,
} satisfies DocumentForm)

/** The examples of JSON Schema as those of OpenAPI, which have names. */
function numbered(examples: readonly unknown[]): JsonObject {
  if (examples.length === 0) return {}
  if (examples.length === 1) return { example: examples[0] }
  return { examples: Object.fromEntries(examples.map((value, index) => [`example${index + 1}`, { value }])) }
}
