import type { OpenApiDocument } from 'millrace'

export type Json = Record<string, unknown>

/** What stands at a path of the document. */
export function at(document: OpenApiDocument, ...keys: string[]): unknown {
  return keys.reduce<unknown>((value, key) => (value as Json | undefined)?.[key], document)
}

export function problem(description: string, name = 'Problem'): Json {
  const schema = { $ref: `#/components/schemas/${name}` }
  return { description, content: { 'application/problem+json': { schema } } }
}

export const otherFailure = problem('Any other failure')

/** Of FastAPI's 422. */
export const validationError: Json = {
  description: 'Validation Error',
  content: { 'application/json': { schema: { $ref: '#/components/schemas/HTTPValidationError' } } },
}
