import type { BodyPlan, Plan } from '../plan/plan.ts'
import type { BodyRules } from './bodyRules.ts'
import { charsetOf, isJson, isUtf8Charset, mediaTypeOf } from './mediaType.ts'

type Accepts = (type: string | undefined) => boolean

const urlEncoded = 'application/x-www-form-urlencoded'
const multipart = 'multipart/form-data'

/** What an operation takes, as `accept` has it (RFC 9110, section 12.5.1). */
export const expectedTypes: Record<BodyPlan['kind'], string> = {
  json: 'application/json',
  form: `${urlEncoded}, ${multipart}`,
  multipart,
  parts: multipart,
  text: 'text/plain',
  bytes: '*/*',
  byteStream: '*/*',
}

const acceptors: Record<BodyPlan['kind'], Accepts> = {
  json: (type) => type === 'application/json' || (type !== undefined && isMediaType(type, isJson)),
  form: (type) => type !== undefined && isMediaType(type, (media) => media === urlEncoded || media === multipart),
  multipart: (type) => isMultipart(type),
  parts: (type) => isMultipart(type),
  text: (type) => type !== undefined && isMediaType(type, (media) => media.startsWith('text/')),
  bytes: () => true,
  byteStream: () => true,
}

/** Compiles whether a body of a `content-type` is taken. */
export function compileAccepts(
  kind: BodyPlan['kind'],
  { strictContentType }: Pick<Plan, 'strictContentType'>,
  { laxContentType }: BodyRules,
): Accepts {
  const strict = acceptors[kind]
  if (strictContentType) return strict
  return laxContentType === 'any' ? laxAcceptors[kind] : (type) => type === undefined || strict(type)
}

/** Where the content type need not say it, a body is what the operation takes; only multipart cannot be guessed. */
const laxAcceptors: typeof acceptors = {
  ...acceptors,
  json: isUtf8,
  form: isUtf8,
  text: isUtf8,
}

function isUtf8(type: string | undefined): boolean {
  return type === undefined || isMediaType(type, () => true)
}

/** Whether a `content-type` is `multipart/form-data`. */
export function isMultipart(type: string | undefined): boolean {
  return type !== undefined && isMediaType(type, (media) => media === multipart)
}

function isMediaType(type: string, matches: (media: string) => boolean): boolean {
  const charset = charsetOf(type)
  return matches(mediaTypeOf(type)) && (charset === undefined || isUtf8Charset(charset))
}
