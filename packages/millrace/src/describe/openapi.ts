import type { Plan } from '../plan/plan.ts'

/** What an app says of itself in its document. */
export interface OpenApiOptions {
  /** Default `Millrace API`. */
  readonly title?: string
  /** Of the API. Default `0.1.0`. */
  readonly version?: string
  /** Markdown. */
  readonly description?: string
  /** Of the document. Default `3.1`. */
  readonly openapiVersion?: '3.1' | '3.2'
}

/** An OpenAPI document. */
export type OpenApiDocument = {
  readonly openapi: string
  readonly paths: Readonly<Record<string, unknown>>
  readonly [key: string]: unknown
}

export function describeOpenApi(_plans: readonly Plan[], _options: OpenApiOptions): OpenApiDocument {
  return { openapi: '3.1.1', paths: {} }
}
