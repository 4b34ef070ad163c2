import { StartupError } from '../errors/StartupError.ts'
import type { Inherited } from './inherited.ts'
import type { BodyKind, Kind, ReplyKind, StreamKind } from './kind.ts'
import type { BodyPlan, DocsPlan, ReplyPlan } from './plan.ts'
import { isSchema, type MaybeSchema, type SchemaLike } from './schema.ts'
import type { BaseSpec } from './spec.ts'

/** @throws {StartupError} `malformed_spec` for what is no schema */
export function schemaOrNone(value: unknown, name: string, key: string): MaybeSchema {
  if (value === undefined || isSchema(value)) return value
  throw new StartupError(
    'malformed_spec',
    `'${key}' of ${name} is not a Standard Schema: use zod, valibot, arktype or another that is`,
  )
}

/** Of what is no schema. */
function isKind<K extends Kind>(value: SchemaLike | K): value is K {
  return typeof value === 'object' && value !== null && 'kind' in value
}

const bodyKinds: readonly BodyKind['kind'][] = ['form', 'multipart', 'parts', 'text', 'bytes', 'byteStream']

/** @throws {StartupError} `malformed_spec` */
export function bodyPlan(body: SchemaLike | BodyKind, name: string): BodyPlan {
  if (isSchema(body)) return { kind: 'json', schema: body }
  if (isKind(body) && bodyKinds.includes(body.kind)) return body
  throw new StartupError(
    'malformed_spec',
    `'body' of ${name} is neither a Standard Schema nor form(), multipart(), parts(), text(), bytes() or byteStream()`,
  )
}

function replyPlan(reply: SchemaLike | ReplyKind | StreamKind, name: string): ReplyPlan {
  if (isSchema(reply)) return { kind: 'json', schema: reply }
  if (isKind(reply) && ['json', 'text', 'html', 'bytes', 'file', 'sse', 'jsonl'].includes(reply.kind))
    return reply as ReplyPlan
  throw new StartupError(
    'malformed_spec',
    `'response' of ${name} is neither a Standard Schema nor json(), sse(), jsonl(), text(), html(), bytes() or file()`,
  )
}

/** That of the operation, else of the nearest level that has one, else whatever the handler returns. */
export function ownReply(inherited: Inherited, spec: BaseSpec, name: string): ReplyPlan {
  const response = spec.response ?? inherited.defaultResponse
  return response === undefined ? { kind: 'any' } : replyPlan(response, name)
}

/** Replies that are declared for statuses of their own. */
export function otherReplies(responses: DocsPlan['responses'], name: string): ReadonlyMap<number, ReplyPlan> {
  const replies = new Map<number, ReplyPlan>()
  for (const [status, { body }] of responses)
    if (body && /^\d+$/.test(status)) replies.set(finalStatus(Number(status), name), replyPlan(body, name))
  return replies
}

/** RFC 9110, section 15: what is below 200 is followed by another answer, and there is nothing above 599. */
export function finalStatus(status: number, name: string): number {
  if (Number.isInteger(status) && status >= 200 && status <= 599) return status
  throw new StartupError('malformed_spec', `${name} cannot answer with the status ${status}: take one from 200 to 599`)
}
