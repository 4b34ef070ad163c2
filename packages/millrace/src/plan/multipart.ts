import { StartupError } from '../errors/StartupError.ts'
import type { BodyKind } from './kind.ts'
import { amount } from './limits.ts'
import type { Input, Output, SchemaLike } from './schema.ts'

/** What the parts of a body may be; whatever goes beyond is refused as soon as it is seen. */
export interface PartsOptions {
  /** Files and fields together. Default 1,000; more is answered with 413, code `too_many_parts`. */
  readonly maxParts?: number
  /** Parts with a file name. Default 1,000; more is answered with 413, code `too_many_parts`. */
  readonly maxFiles?: number
  /** Other parts. Default 1,000; more is answered with 413, code `too_many_parts`. */
  readonly maxFields?: number
  /** Of one file. Default: `maxBodyBytes` alone bounds it; more is answered with 413, code `part_too_large`. */
  readonly maxFileBytes?: number
  /** Of all fields together. Default 1 MiB; more is answered with 413, code `part_too_large`. */
  readonly maxFieldBytes?: number
  /**
   * Media types that files may have, such as `image/png` or `image/*`. Default: any; others are answered with 415,
   * code `unsupported_media_type`. A type is what the client says, not what the bytes are.
   */
  readonly types?: readonly string[]
}

/** How a multipart body is read. */
export interface MultipartOptions extends PartsOptions {
  /** Of all files of a request together: what goes beyond is kept in temporary files. Default 1 MiB. */
  readonly maxMemoryBytes?: number
}

/** {@link MultipartOptions} with their defaults. */
export type MultipartLimits = Required<Omit<MultipartOptions, 'types'>> & {
  readonly types: readonly string[] | undefined
}

/** One part of a multipart body, as it comes. What of it is not read is skipped when the next part is asked for. */
export interface Part {
  readonly name: string
  /** Of a file, without any path; `undefined` for a field. */
  readonly filename: string | undefined
  /** The media type in lower case, without parameters: `image/png`. */
  readonly type: string
  /** Headers of the part. */
  readonly headers: Headers
  /** Its bytes, each piece read from the connection when it is asked for. */
  readonly stream: ReadableStream<Uint8Array>
  /** All of its bytes. */
  bytes(): Promise<Uint8Array>
  /** All of it as UTF-8. @throws {HttpError} `malformed_body` for other bytes */
  text(): Promise<string>
  /** All of it as JSON. @throws {HttpError} `malformed_json`, `malformed_body`, `unsafe_key` */
  json(): Promise<unknown>
}

/**
 * A body of `multipart/form-data` (RFC 7578): fields, which are coerced to the schema's types, files, and parts
 * of JSON.
 *
 * A file is a web `File`, so that `z.file()`, `v.file()` and arktype's `File` are its schemas; a large one is read
 * from a temporary file, which is gone when the request and its work after the answer are over. Where the schema
 * wants an object, the part is JSON.
 *
 * @throws {StartupError} `invalid_option`
 *
 * @example
 * multipart(z.object({ photo: z.file().mime('image/png'), meta: z.object({ title: z.string() }) }))
 */
export function multipart<S extends SchemaLike>(
  schema: S,
  options: MultipartOptions = {},
): BodyKind<Input<S>, Output<S>> & { readonly kind: 'multipart' } {
  return Object.freeze({ kind: 'multipart' as const, mediaType, schema, limits: limitsOf(options, 'multipart()') })
}

/**
 * A body of `multipart/form-data` that the handler reads part by part, as it comes: nothing is kept in memory or
 * on disk. `body` is an async iterable of {@link Part}.
 *
 * @throws {StartupError} `invalid_option`
 *
 * @example
 * app.post('/upload', { body: parts(), maxBodyBytes: Infinity }, async ({ body }) => {
 *   for await (const part of body) if (part.filename) await pipeline(part.stream, createWriteStream(pathFor(part)))
 * })
 */
export function parts(
  options: PartsOptions = {},
): BodyKind<FormData | Readonly<Record<string, unknown>>, AsyncIterable<Part>> & { readonly kind: 'parts' } {
  return Object.freeze({ kind: 'parts' as const, mediaType, limits: limitsOf(options, 'parts()') })
}

const mediaType = 'multipart/form-data'
const mediaTypePattern = /^[!#$%&'*+.^`|~\w-]+\/([!#$%&'*+.^`|~\w-]+|\*)$/

function limitsOf(options: MultipartOptions, owner: string): MultipartLimits {
  const limit = (name: Exclude<keyof MultipartOptions, 'types'>, usual: number) =>
    amount(options[name] ?? usual, `${name} of ${owner}`)
  const wrong = options.types?.find((type) => !mediaTypePattern.test(type))
  if (wrong !== undefined)
    throw new StartupError('invalid_option', `types of ${owner} has '${wrong}', which is no media type`)
  return Object.freeze({
    maxParts: limit('maxParts', 1_000),
    maxFiles: limit('maxFiles', 1_000),
    maxFields: limit('maxFields', 1_000),
    maxFileBytes: limit('maxFileBytes', Number.POSITIVE_INFINITY),
    maxFieldBytes: limit('maxFieldBytes', 1024 * 1024),
    maxMemoryBytes: limit('maxMemoryBytes', 1024 * 1024),
    types: options.types?.map((type) => type.toLowerCase()),
  })
}

/** Of the fields of a form, which may come as multipart as well. */
export const formLimits: MultipartLimits = limitsOf({ maxFiles: 0 }, 'form()')
