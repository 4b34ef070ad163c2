import { fieldShapesOf } from '../plan/fieldShapes.ts'
import { type JsonSchema, jsonSchemaOf } from '../plan/jsonSchema.ts'
import type { BodyKind } from '../plan/kind.ts'
import { branchesOf } from '../plan/schemaParts.ts'
import { uniqueProperties } from '../plan/valueTypes.ts'
import type { JsonObject } from './objects.ts'

/** Encoding Objects of a multipart body: of the parts that are JSON, and of files whose types are known. */
export function partEncodings({ schema, limits }: BodyKind): JsonObject | undefined {
  const root = schema && jsonSchemaOf(schema, 'input')
  if (!schema || !root) return undefined
  const parts = uniqueProperties(root)
  const encodings = [...fieldShapesOf(schema).declared].flatMap(([name, { isFile, isJson }]) => {
    const types = isFile ? (limits?.types ?? mediaTypesIn(parts.get(name) ?? {})) : isJson ? ['application/json'] : []
    return types.length > 0 ? [[name, { contentType: types.join(', ') }] as const] : []
  })
  return encodings.length > 0 ? Object.fromEntries(encodings) : undefined
}

/** What the schema of a file, or of a list of files, says of their types. */
function mediaTypesIn(part: JsonSchema): string[] {
  const { contentMediaType: type, items } = part
  const own = typeof type === 'string' && type !== 'application/octet-stream' ? [type] : []
  const inner = [...branchesOf(part).map((branch) => branch.part), ...(items ? [items as JsonSchema] : [])]
  return [...own, ...inner.flatMap(mediaTypesIn)]
}
