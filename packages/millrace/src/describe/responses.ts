import { titleOf } from '../errors/codes.ts'
import type { ReplyKind } from '../plan/kind.ts'
import type { DocumentPart, ResponseDocs } from '../plan/openapiObjects.ts'
import type { Plan, ReplyPlan } from '../plan/plan.ts'
import { isSchema, type SchemaLike } from '../plan/schema.ts'
import type { Components } from './components.ts'
import { examplesOf } from './examples.ts'
import { compact, deepMerge, isObject, type JsonObject } from './objects.ts'
import type { OperationOptions } from './operation.ts'
import { inputsOf } from './parameters.ts'
import { inputProblemResponse, problemResponse } from './problems.ts'
import { mediaTypeOf, rawSchemas } from './rawSchemas.ts'
import { requirementsOf } from './security.ts'
import { streamDescription, streamMedia } from './streams.ts'

/** The Responses Object of an operation: its own replies, and the problems that Millrace answers with. */
export function responsesOf(plan: Plan, options: OperationOptions, hint: string): JsonObject {
  const responses: JsonObject = {}
  const own = String(plan.status)
  for (const status of statusesOf(plan)) {
    const declared = plan.docs.responses.get(status) ?? {}
    const reply = declared.body ? replyOf(declared.body) : status === own ? plan.reply : undefined
    const name = status === own ? `${hint}Response` : `${hint}${status}Response`
    responses[status] = response(status, reply, declared, options, name)
  }
  if (!options.isOutgoing) addProblems(responses, plan, options.components)
  return responses
}

/** The success answer and what is declared: statuses in ascending order, then ranges, then `default`. */
function statusesOf({ status, docs }: Plan): string[] {
  return [...new Set([String(status), ...docs.responses.keys()])].sort()
}

function replyOf(body: SchemaLike | ReplyKind): ReplyPlan {
  return isSchema(body) ? { kind: 'json', schema: body } : (body as ReplyKind)
}

function addProblems(responses: JsonObject, plan: Plan, components: Components): void {
  const requirements = requirementsOf(plan)
  if (requirements) add(responses, '401', challenged(components, 'Not authenticated'))
  if (requirements?.some((one) => Object.values(one).some((scopes) => scopes.length > 0)))
    add(responses, '403', challenged(components, 'A scope is missing'))
  if (plan.body) {
    add(responses, '413', problemResponse(components, `The body is larger than ${plan.maxBodyBytes} bytes`))
    if (plan.body.kind !== 'bytes') {
      const expected = mediaTypeOf(plan.body)
      add(
        responses,
        '415',
        problemResponse(components, `The body is not ${expected === 'text/plain' ? 'text' : `of type ${expected}`}`),
      )
    }
  }
  const hasInputs = inputsOf(plan).some((inputs) => Object.values(inputs).some((schema) => schema !== undefined))
  if (hasInputs || plan.body?.schema) add(responses, '422', inputProblemResponse(components, 'Inputs are not valid'))
  add(responses, 'default', problemResponse(components, 'Any other failure'))
}

/** A problem that tells what is to be sent along. */
function challenged(components: Components, description: string): JsonObject {
  const schema = { type: 'string', description: 'What is to be sent along (RFC 9110, section 11.6.1).' }
  return { ...problemResponse(components, description), headers: { 'WWW-Authenticate': { schema } } }
}

/** Adds an answer of ours; one that was declared for the same status keeps its words, and gains our media type. */
function add(responses: JsonObject, status: string, ours: JsonObject): void {
  const declared = responses[status]
  if (!isObject(declared)) responses[status] = ours
  else
    responses[status] = {
      ...declared,
      content: { ...(ours['content'] as JsonObject), ...(declared['content'] as JsonObject) },
    }
}

function response(
  status: string,
  reply: ReplyPlan | undefined,
  declared: ResponseDocs,
  options: OperationOptions,
  hint: string,
): JsonObject {
  const content = hasBody(status) ? contentOf(reply, declared, options, hint) : undefined
  return compact({
    description: declared.description ?? descriptionOf(reply, status),
    headers: declared.headers && mapValues(declared.headers, (header, name) => headerOf(header, options, hint + name)),
    content: content && Object.keys(content).length > 0 ? content : undefined,
    links: declared.links,
  })
}

function contentOf(
  reply: ReplyPlan | undefined,
  { content, examples }: ResponseDocs,
  options: OperationOptions,
  hint: string,
): JsonObject {
  // What is described by hand needs no word that it can be anything.
  const isUnknown = reply === undefined || (reply.kind === 'any' && content !== undefined)
  const own = isUnknown ? {} : replyContent(reply, options, hint)
  if (examples)
    for (const [mediaType, media] of Object.entries(own))
      own[mediaType] = { ...(media as JsonObject), examples: examplesOf(examples) }
  return content
    ? deepMerge(
        own,
        mapValues(content, (media) => mediaOf(media, options, hint)),
      )
    : own
}

function replyContent(reply: ReplyPlan, options: OperationOptions, hint: string): JsonObject {
  const { components, version, sides } = options
  switch (reply.kind) {
    case 'any':
      // JSON, text, bytes or nothing: whatever the handler returns.
      return { '*/*': { schema: {} } }
    case 'json':
      return { 'application/json': { schema: components.schema(reply.schema, sides.response, hint) } }
    case 'sse':
    case 'jsonl':
      return { [mediaTypeOf(reply)]: streamMedia(reply, version, components, hint) }
    case 'text':
    case 'html':
    case 'bytes':
      return { [mediaTypeOf(reply)]: { schema: rawSchemas[reply.kind]() } }
  }
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

const successes: Readonly<Record<string, string>> = {
  200: 'Success',
  201: 'Created',
  202: 'Accepted',
  204: 'No content',
}

const ranges: Readonly<Record<string, string>> = {
  '1XX': 'Information',
  '2XX': 'Success',
  '3XX': 'Redirection',
  '4XX': 'Client error',
  '5XX': 'Server error',
  default: 'Any other answer',
}

function descriptionOf(reply: ReplyPlan | undefined, status: string): string {
  if (reply?.kind === 'sse' || reply?.kind === 'jsonl') return streamDescription(reply)
  const known = successes[status] ?? ranges[status]
  if (known) return known
  return status < '300' ? 'Success' : status < '400' ? 'Redirection' : titleOf(Number(status))
}

/** RFC 9110, sections 15.2, 15.3.5, 15.3.6 and 15.4.5. */
function hasBody(status: string): boolean {
  return !status.startsWith('1') && !['204', '205', '304'].includes(status)
}
