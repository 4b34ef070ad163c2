import type { Callable } from '../plan/dependency.ts'
import type { OpenApiDocument, OpenApiOptions } from './openapi.ts'

/** Where the docs pages stand; `false` leaves one out. */
export interface DocsOptions {
  /** The OpenAPI document. Default `/openapi.json`; without it there are no other pages. */
  readonly openapi?: string | false
  /** Swagger UI. Default `/docs`. */
  readonly swagger?: string | false
  /** ReDoc. Default `/redoc`. */
  readonly redoc?: string | false
}

/** One page: an operation that the app adds by itself. */
export interface DocsPage {
  readonly path: string
  readonly handler: Callable
}

export function docsPages(
  _options: DocsOptions,
  _info: OpenApiOptions,
  _document: () => OpenApiDocument,
): readonly DocsPage[] {
  return []
}
