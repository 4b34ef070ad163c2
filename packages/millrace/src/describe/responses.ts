import { titleOf } from '../errors/codes.ts'
import type { Plan, ReplyPlan } from '../plan/plan.ts'
import type { Components } from './components.ts'
import { isObject, type JsonObject } from './objects.ts'
import { inputsOf } from './parameters.ts'
import { inputProblemResponse, problemResponse } from './problems.ts'
import { mediaTypeOf, rawSchemas } from './rawSchemas.ts'
import { streamDescription, streamMedia } from './streams.ts'

/** The Responses Object of an operation: its own replies, and the problems that Millrace answers with. */
export function responsesOf(plan: Plan, version: '3.1' | '3.2', components: Components, hint: string): JsonObject {
  const own = new Map([[plan.status, plan.reply], ...plan.replies])
  const responses: JsonObject = {}
  for (const [status, reply] of [...own].sort(([a], [b]) => a - b)) {
    const name = status === plan.status ? `${hint}Response` : `${hint}${status}Response`
    responses[status] = response(reply, status, version, components, name)
  }
  if (plan.body) {
    add(responses, 413, problemResponse(components, `The body is larger than ${plan.maxBodyBytes} bytes`))
    if (plan.body.kind !== 'bytes') {
      const expected = mediaTypeOf(plan.body)
      add(
        responses,
        415,
        problemResponse(components, `The body is not ${expected === 'text/plain' ? 'text' : `of type ${expected}`}`),
      )
    }
  }
  const hasInputs = inputsOf(plan).some((inputs) => Object.values(inputs).some((schema) => schema !== undefined))
  if (hasInputs || plan.body?.schema) add(responses, 422, inputProblemResponse(components, 'Inputs are not valid'))
  add(responses, 'default', problemResponse(components, 'Any other failure'))
  return responses
}

/** Adds an answer of ours; one that was declared for the same status keeps its words, and gains our media type. */
function add(responses: JsonObject, status: number | 'default', ours: JsonObject): void {
  const declared = responses[status]
  if (!isObject(declared)) responses[status] = ours
  else
    responses[status] = {
      ...declared,
      content: { ...(ours['content'] as JsonObject), ...(declared['content'] as JsonObject) },
    }
}

function response(
  reply: ReplyPlan,
  status: number,
  version: '3.1' | '3.2',
  components: Components,
  hint: string,
): JsonObject {
  const description = descriptionOf(reply, status)
  return hasBody(status) ? { description, content: contentOf(reply, version, components, hint) } : { description }
}

function contentOf(reply: ReplyPlan, version: '3.1' | '3.2', components: Components, hint: string): JsonObject {
  switch (reply.kind) {
    case 'any':
      // JSON, text, bytes or nothing: whatever the handler returns.
      return { '*/*': { schema: {} } }
    case 'json':
      return { 'application/json': { schema: components.schema(reply.schema, 'output', hint) } }
    case 'sse':
    case 'jsonl':
      return { [mediaTypeOf(reply)]: streamMedia(reply, version, components, hint) }
    case 'text':
    case 'html':
    case 'bytes':
      return { [mediaTypeOf(reply)]: { schema: rawSchemas[reply.kind]() } }
  }
}

const successes: Readonly<Record<number, string>> = {
  200: 'Success',
  201: 'Created',
  202: 'Accepted',
  204: 'No content',
}

function descriptionOf(reply: ReplyPlan, status: number): string {
  if (reply.kind === 'sse' || reply.kind === 'jsonl') return streamDescription(reply)
  return successes[status] ?? (status < 300 ? 'Success' : status < 400 ? 'Redirection' : titleOf(status))
}

/** RFC 9110, sections 15.2, 15.3.5, 15.3.6 and 15.4.5. */
function hasBody(status: number): boolean {
  return status >= 200 && ![204, 205, 304].includes(status)
}
