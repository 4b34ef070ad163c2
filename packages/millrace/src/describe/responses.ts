import type { ReplyKind } from '../plan/kind.ts'
import type { DocumentPart, ResponseDocs } from '../plan/openapiObjects.ts'
import type { Plan, ReplyPlan } from '../plan/plan.ts'
import { isSchema, type SchemaLike } from '../plan/schema.ts'
import { examplesOf } from './examples.ts'
import { compact, deepMerge, type JsonObject } from './objects.ts'
import type { OperationOptions } from './operation.ts'

/** The Responses Object of an operation: its own replies, what is said of statuses, and what the form adds. */
export function responsesOf(plan: Plan, options: OperationOptions, hint: string): JsonObject {
  const all: JsonObject = {}
  const success = String(plan.status)
  for (const status of statusesOf(plan)) {
    const declared = plan.docs.responses.get(status) ?? {}
    const reply = declared.body ? replyOf(declared.body) : status === success ? plan.reply : undefined
    const name = status === success ? `${hint}Response` : `${hint}${status}Response`
    const content = hasBody(status) ? contentOf(reply, status, declared, options, name) : {}
    all[status] = compact({
      description: declared.description ?? options.form.responses.description(status, reply, status === success),
      headers: declared.headers && mapValues(declared.headers, (header, key) => headerOf(header, options, name + key)),
      content: Object.keys(content).length > 0 ? content : undefined,
      links: declared.links,
    })
  }
  options.form.responses.addOwn(all, plan, options)
  return all
}

/** The success answer and what is declared: statuses in ascending order, then ranges, then `default`. */
function statusesOf({ status, docs }: Plan): string[] {
  return [...new Set([String(status), ...docs.responses.keys()])].sort()
}

function replyOf(body: SchemaLike | ReplyKind): ReplyPlan {
  return isSchema(body) ? { kind: 'json', schema: body } : (body as ReplyPlan)
}

function contentOf(
  reply: ReplyPlan | undefined,
  status: string,
  { content, examples }: ResponseDocs,
  options: OperationOptions,
  hint: string,
): JsonObject {
  // What is described by hand needs no word that it can be anything.
  const isUnknown = reply === undefined || (reply.kind === 'any' && content !== undefined)
  const own = isUnknown ? {} : options.form.responses.content(reply, status, options, hint)
  if (examples)
    for (const [mediaType, media] of Object.entries(own))
      own[mediaType] = { ...(media as JsonObject), examples: examplesOf(examples) }
  if (!content) return own
  const declared = mapValues(content, (media) => mediaOf(media, options, hint))
  return deepMerge(own, declared)
}

/** A Media Type Object: of a schema alone, or written by hand with a schema in it. */
function mediaOf(media: SchemaLike | DocumentPart, options: OperationOptions, hint: string): JsonObject {
  if (isSchema(media)) return { schema: options.components.schema(media, options.sides.response, hint) }
  const { schema, ...rest } = media as DocumentPart
  if (!isSchema(schema)) return { ...(media as DocumentPart) }
  return { schema: options.components.schema(schema, options.sides.response, hint), ...rest }
}

/** A Header Object: of a schema, whose description is the header's, or written by hand. */
function headerOf(header: SchemaLike | DocumentPart, options: OperationOptions, hint: string): JsonObject {
  if (!isSchema(header)) return { ...(header as DocumentPart) }
  const { description, ...schema } = options.components.schema(header, options.sides.response, hint)
  return compact({ description, schema })
}

function mapValues<V>(values: Readonly<Record<string, V>>, map: (value: V, key: string) => unknown): JsonObject {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, map(value, key)]))
}

/** RFC 9110, sections 15.2, 15.3.5, 15.3.6 and 15.4.5. */
function hasBody(status: string): boolean {
  return !status.startsWith('1') && !['204', '205', '304'].includes(status)
}
