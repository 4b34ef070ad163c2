import { StartupError } from '../errors/StartupError.ts'
import type { Definition, Level } from './definition.ts'
import type { ReplyKind } from './kind.ts'
import type { ResponseDocs } from './openapiObjects.ts'
import { type OperationIdFunction, operationIdOf } from './operationId.ts'
import type { DocsPlan } from './plan.ts'
import { isSchema, type SchemaLike } from './schema.ts'
import type { BaseSpec, Responses } from './spec.ts'

/** What an operation says of itself in the document, with what it has from app and routers; callbacks aside. */
export function docsPlan(
  { method, path, spec, handler, levels }: Definition,
  defaultId: OperationIdFunction,
): Omit<DocsPlan, 'callbacks'> {
  const tags = [...new Set([...levels.flatMap((level) => level.tags), ...(spec.tags ?? [])])]
  const name = spec.name ?? (handler.name || spec.operationId || operationIdOf(method, path))
  const makeId = levels.findLast((level) => level.docs.operationId)?.docs.operationId ?? defaultId
  return {
    operationId: spec.operationId ?? makeId({ method, path, name, tags }),
    name,
    tags,
    summary: spec.summary,
    description: spec.description,
    externalDocs: spec.externalDocs,
    servers: spec.servers,
    deprecated: spec.deprecated ?? levels.some((level) => level.docs.deprecated),
    hidden: spec.hidden ?? levels.some((level) => level.docs.hidden),
    examples: spec.examples,
    responses: responsesOf(levels, spec, `${method} ${path}`),
    openapi: spec.openapi,
  }
}

/** What is declared for each status, the nearest level first to be heard. */
function responsesOf(levels: readonly Level[], spec: BaseSpec, name: string): ReadonlyMap<string, ResponseDocs> {
  const all: Responses = Object.assign({}, ...levels.map((level) => level.responses), spec.responses)
  return new Map(Object.entries(all).map(([status, entry]) => [checked(status, name), responseDocs(entry, name)]))
}

function responseDocs(entry: SchemaLike | ReplyKind | ResponseDocs, name: string): ResponseDocs {
  if (!isSchema(entry) && (typeof entry !== 'object' || entry === null))
    throw new StartupError(
      'malformed_spec',
      `'responses' of ${name} has what is neither a Standard Schema nor an object`,
    )
  return isSchema(entry) || 'kind' in entry ? { body: entry as SchemaLike | ReplyKind } : (entry as ResponseDocs)
}

function checked(status: string, name: string): string {
  if (/^([1-5]\d\d|[1-5]XX|default)$/.test(status)) return status
  throw new StartupError(
    'malformed_spec',
    `${name} cannot answer with the status ${status}: take one from 200 to 599, a range such as '4XX', or 'default'`,
  )
}
