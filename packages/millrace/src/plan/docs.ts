import { StartupError } from '../errors/StartupError.ts'
import type { Definition } from './definition.ts'
import type { Inherited } from './inherited.ts'
import type { ReplyKind } from './kind.ts'
import type { ResponseDocs } from './openapiObjects.ts'
import { type OperationIdFunction, operationIdOf } from './operationId.ts'
import type { DocsPlan } from './plan.ts'
import { isSchema, type SchemaLike } from './schema.ts'
import type { BaseSpec, Responses } from './spec.ts'

/** What an operation says of itself in the document, with what it has from app and routers; callbacks aside. */
export function docsPlan(
  { method, path, segments, spec, handler, inherited }: Definition,
  defaultId: OperationIdFunction | undefined,
): Omit<DocsPlan, 'callbacks'> {
  const tags = spec.tags ? [...new Set([...inherited.tags, ...spec.tags])] : inherited.tags
  const makeId = inherited.operationId ?? defaultId
  const given = spec.name ?? (handler.name || spec.operationId || undefined)
  const name = given ?? operationIdOf(method, segments)
  const ownId = () => (given === undefined ? name : operationIdOf(method, segments))
  return {
    operationId: spec.operationId ?? (makeId ? makeId({ method, path, name, tags }) : ownId()),
    name,
    tags,
    summary: spec.summary,
    description: spec.description,
    externalDocs: spec.externalDocs,
    servers: spec.servers,
    deprecated: spec.deprecated ?? inherited.deprecated,
    hidden: spec.hidden ?? inherited.hidden,
    examples: spec.examples,
    responses: responsesOf(inherited, spec, method, path),
    openapi: spec.openapi,
  }
}

const none: ReadonlyMap<string, ResponseDocs> = new Map()

/** What is declared for each status, the nearest level first to be heard. */
function responsesOf(
  inherited: Inherited,
  spec: BaseSpec,
  method: string,
  path: string,
): ReadonlyMap<string, ResponseDocs> {
  const all = Object.entries({ ...inherited.responses, ...spec.responses } as Responses)
  if (all.length === 0) return none
  const name = `${method} ${path}`
  return new Map(all.map(([status, entry]) => [checked(status, name), responseDocs(entry, name)]))
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
