import type { JsonObject } from './objects.ts'

/** Schemas of what is not JSON. `format: binary` is what generators of clients take for bytes. */
export const rawSchemas: Readonly<Record<'text' | 'html' | 'bytes' | 'file', () => JsonObject>> = {
  text: () => ({ type: 'string' }),
  html: () => ({ type: 'string' }),
  bytes: () => ({ type: 'string', format: 'binary' }),
  file: () => ({ type: 'string', format: 'binary' }),
}

/** The media type of a body or a reply, without parameters such as `charset`. */
export function mediaTypeOf(kind: { readonly kind: string; readonly mediaType?: string }): string {
  return kind.mediaType?.split(';')[0]?.trim() ?? 'application/json'
}
