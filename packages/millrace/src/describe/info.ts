import type { DocumentForm } from './form.ts'
import { compact, type JsonObject } from './objects.ts'
import type { OpenApiOptions } from './openapi.ts'

/** What an app says of itself, as far as OpenAPI and AsyncAPI have the same words for it (Info Object). */
export function infoOf(options: OpenApiOptions, form: DocumentForm): JsonObject {
  const { title = form.title, version = '0.1.0', description, termsOfService, contact, license } = options
  return compact({ title, version, description, termsOfService, contact, license })
}
