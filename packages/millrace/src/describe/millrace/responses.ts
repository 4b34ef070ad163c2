import { titleOf } from '../../errors/codes.ts'
import type { ReplyKind } from '../../plan/kind.ts'
import type { Plan } from '../../plan/plan.ts'
import type { Components } from '../components.ts'
import type { ResponseForm } from '../form.ts'
import { isObject, type JsonObject } from '../objects.ts'
import type { OperationOptions } from '../operation.ts'
import { inputsOf } from '../parameters.ts'
import { mediaTypeOf, rawSchemas } from '../rawSchemas.ts'
import { requirementsOf } from '../security.ts'
import { inputProblemResponse, problemResponse } from './problems.ts'
import { streamDescription, streamMedia } from './streams.ts'

/** Answers by their kind, and the problems that Millrace answers with. */
export const responses: ResponseForm = {
  description: (status, reply) => {
    if (reply?.kind === 'sse' || reply?.kind === 'jsonl') return streamDescription(reply)
    const known = words[status]
    if (known) return known
    return status < '300' ? 'Success' : status < '400' ? 'Redirection' : titleOf(Number(status))
  },
  content: (reply, status, { components, version, sides }, hint) => {
    switch (reply.kind) {
      case 'any':
        // JSON, text, bytes or nothing: whatever the handler returns.
        return status.startsWith('3') ? {} : { '*/*': { schema: {} } }
      case 'json':
        return {
          [mediaTypeOf(reply)]: { schema: components.schema(reply.projected ?? reply.schema, sides.response, hint) },
        }
      case 'sse':
      case 'jsonl':
        return { [mediaTypeOf(reply)]: streamMedia(reply, version, components, hint) }
      case 'text':
      case 'html':
      case 'bytes':
      case 'file':
        return { [mediaTypeOf(reply)]: { schema: rawSchemas[reply.kind]() } }
    }
  },
  addOwn: (all, plan, options) => {
    if (plan.reply.kind === 'file' && plan.status === 200) addPartsOf(plan.reply, all)
    if (!options.isOutgoing) addProblems(all, plan, options)
  },
}

const words: Readonly<Record<string, string>> = {
  200: 'Success',
  201: 'Created',
  202: 'Accepted',
  204: 'No content',
  '1XX': 'Information',
  '2XX': 'Success',
  '3XX': 'Redirection',
  '4XX': 'Client error',
  '5XX': 'Server error',
  default: 'Any other answer',
}

/** What conditions and ranges make of a file (RFC 9110, sections 13 and 14). */
function addPartsOf(file: ReplyKind, all: JsonObject): void {
  const media = { schema: rawSchemas.file() }
  all['206'] ??= {
    description: 'The parts that the header `range` asks for',
    content: { [mediaTypeOf(file)]: media, 'multipart/byteranges': media },
  }
  all['304'] ??= { description: 'The client has it already' }
}

function addProblems(all: JsonObject, plan: Plan, { components, form }: OperationOptions): void {
  const requirements = requirementsOf(plan, form)
  if (requirements) add(all, '401', challenged(components, 'Not authenticated'))
  if (requirements?.some((one) => Object.values(one).some((scopes) => scopes.length > 0)))
    add(all, '403', challenged(components, 'A scope is missing'))
  if (plan.body) {
    add(all, '413', problemResponse(components, `The body is larger than ${plan.maxBodyBytes} bytes`))
    if (plan.body.kind !== 'bytes' && plan.body.kind !== 'byteStream') {
      const expected = mediaTypeOf(plan.body)
      add(
        all,
        '415',
        problemResponse(components, `The body is not ${expected === 'text/plain' ? 'text' : `of type ${expected}`}`),
      )
    }
  }
  const hasInputs = inputsOf(plan).some((inputs) => Object.values(inputs).some((schema) => schema !== undefined))
  if (hasInputs || plan.body?.schema) add(all, '422', inputProblemResponse(components, 'Inputs are not valid'))
  add(all, 'default', problemResponse(components, 'Any other failure'))
}

/** A problem that tells what is to be sent along. */
function challenged(components: Components, description: string): JsonObject {
  const schema = { type: 'string', description: 'What is to be sent along (RFC 9110, section 11.6.1).' }
  return { ...problemResponse(components, description), headers: { 'WWW-Authenticate': { schema } } }
}

/** Adds an answer of ours; one that was declared for the same status keeps its words, and gains our media type. */
function add(all: JsonObject, status: string, ours: JsonObject): void {
  const declared = all[status]
  if (!isObject(declared)) all[status] = ours
  else
    all[status] = {
      ...declared,
      content: { ...(ours['content'] as JsonObject), ...(declared['content'] as JsonObject) },
    }
}
