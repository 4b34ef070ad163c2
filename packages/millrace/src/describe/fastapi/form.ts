import type { DocumentForm } from '../form.ts'
import { compact, isObject } from '../objects.ts'
import type { OpenApiDocument } from '../openapi.ts'
import { fieldTitle, functionName, titleCase, uniqueId } from './names.ts'
import { responses } from './responses.ts'
import { schemas } from './schemas.ts'

/**
 * The document as FastAPI writes it for the same operations, down to ids, titles and names of components, so that
 * clients that were generated from its documents can be generated again without changes.
 */
export const fastApiForm: DocumentForm = Object.freeze({
  operationId: uniqueId,
  openapi: { '3.1': '3.1.0', '3.2': '3.2.0' },
  title: 'FastAPI',
  paths: { areMerged: false, isLastWritten: true, showsSockets: false },
  schemas,
  responses,
  outgoingSides: { request: 'input', response: 'output' },
  summary: ({ docs }) => titleCase(functionName(docs.name).replaceAll('_', ' ')),
  bodyName: (operationId) => `Body_${operationId}`,
  parameterName: (name) => name,
  parameter: ({ name, part, isRequired }, location, schema) => ({
    name,
    in: location,
    required: isRequired || location === 'path',
    schema,
    ...compact({
      description: part['description'],
      deprecated: part['deprecated'] === true ? true : undefined,
    }),
  }),
  pathParameter: (name) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string', title: fieldTitle(name) },
  }),
  requestBody: (isRequired, content) => (isRequired ? { required: true, content } : { content }),
  schemeName: ({ name, className }) => name ?? className,
  // Each scheme an alternative of its own, though all of them are asked for.
  security: (requirements) => {
    const scopes = new Map<string, Set<string>>()
    for (const [name, some] of requirements.flatMap((one) => Object.entries(one)))
      scopes.set(name, new Set([...(scopes.get(name) ?? []), ...some]))
    return [...scopes].map(([name, all]) => ({ [name]: [...all] }))
  },
  tags: (described) => described,
  areListsJoined: true,
  finish: (document) => withoutNulls(document) as OpenApiDocument,
} satisfies DocumentForm)

/** FastAPI leaves out what is `None`, wherever it stands in an object. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls)
  if (!isObject(value)) return value
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, inner]) => (inner === null ? [] : [[key, withoutNulls(inner)]])),
  )
}
