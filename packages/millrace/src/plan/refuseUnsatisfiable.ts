import { StartupError } from '../errors/StartupError.ts'
import type { InputSchemas } from './dependency.ts'
import { anyType, type BeyondJson, type JsonSchema, jsonSchemaOf, typeKey } from './jsonSchema.ts'
import type { Segment } from './path.ts'
import type { BodyPlan } from './plan.ts'
import type { MaybeSchema } from './schema.ts'
import { branchesOf, follow, propertiesOf, subschemas } from './schemaParts.ts'
import { valueTypesOf } from './valueTypes.ts'
import { isPlainZod } from './zodTypes.ts'

/**
 * Refuses inputs that no request can give: a `Date` in JSON, an object in a query.
 *
 * @param madeOfJson types that JSON does not have, and that are made of what it has
 * @throws {StartupError} `malformed_spec`
 */
export function refuseUnsatisfiable(
  inputs: InputSchemas,
  body: BodyPlan | undefined,
  owner: string,
  madeOfJson: readonly BeyondJson[],
): void {
  for (const location of ['params', 'query', 'headers', 'cookies'] as const)
    refuseObjects(inputs[location], owner, location)
  if (body?.kind === 'form') refuseObjects(body.schema, owner, 'body')
  if (body?.kind === 'multipart') refuseBeyondParts(body.schema, owner)
  const root = body?.kind === 'json' && !isPlainZod(body.schema) ? jsonSchemaOf(body.schema, 'input') : undefined
  const found = root && beyondJsonIn(root, root, new Set(), madeOfJson)
  if (found)
    throw new StartupError(
      'malformed_spec',
      `'body' of ${owner} wants a ${found}, which JSON does not have: ${hints[found]}`,
    )
}

/**
 * Refuses path parameters that a path does not have: every request would be answered with 422.
 *
 * @throws {StartupError} `malformed_spec`
 */
export function refuseAbsentParams(params: MaybeSchema, segments: readonly Segment[], owner: string): void {
  const root = params && jsonSchemaOf(params, 'input')
  if (!root) return
  const there = segments.flatMap((segment) => (segment.kind === 'literal' ? [] : [segment.name]))
  for (const { name, isRequired } of propertiesOf(root))
    if (isRequired && !there.includes(name))
      throw new StartupError(
        'malformed_spec',
        `'params' of ${owner} wants '${name}', which the path does not have: ${there.length > 0 ? `it has ${there.map((one) => `':${one}'`).join(', ')}` : 'it has no parameters'}`,
      )
}

const hints: Readonly<Record<string, string>> = {
  Date: take('z.iso.datetime().transform((text) => new Date(text))'),
  BigInt: take('z.string().regex(/^-?[0-9]+$/).transform(BigInt)'),
  Map: take('z.record(z.string(), Value).transform((entries) => new Map(Object.entries(entries)))'),
  Set: take('z.array(Item).transform((items) => new Set(items))'),
  File: 'wrap the schema in multipart()',
}

function take(example: string): string {
  return `take what JSON has and transform it, such as \`${example}\``
}

/** A part is a file, text, or JSON; so is each item of a list. */
function refuseBeyondParts(schema: MaybeSchema, owner: string): void {
  const root = schema && jsonSchemaOf(schema, 'input')
  if (!root) return
  for (const { name, part } of propertiesOf(root)) {
    const found = beyondPartIn(part, root)
    if (found)
      throw new StartupError(
        'malformed_spec',
        `'${name}' in 'body' of ${owner} wants a ${found}, which no part of a body can hold`,
      )
  }
}

function beyondPartIn(part: JsonSchema, root: JsonSchema): string | undefined {
  const { types, items } = valueTypesOf(part, root)
  if (types.has('string') || types.has('File')) return undefined
  if (types.has('array')) return items && beyondPartIn(items, root)
  if (types.has('object')) return beyondJsonIn(part, root, new Set())
  return types.size === 1 ? ['Map', 'Set'].find((type) => types.has(type)) : undefined
}

function refuseObjects(schema: MaybeSchema, owner: string, location: string): void {
  const root = schema && jsonSchemaOf(schema, 'input')
  if (!root) return
  for (const { name, part } of propertiesOf(root))
    if (!fitsText(part, root, location === 'query' || location === 'body', 0))
      throw new StartupError('malformed_spec', `'${name}' in '${location}' of ${owner} wants ${wanted(part, root)}`)
}

function wanted(part: JsonSchema, root: JsonSchema): string {
  return valueTypesOf(part, root).types.has('File')
    ? 'a file, which only a body of multipart() has'
    : 'an object, but comes as text: take a string and parse it, such as `z.string().transform((text, context) => …).pipe(Value)`'
}

/** Whether a string, or what is made of one (check/coerce.ts), may fit; `hasMembers`: or of several (input/members.ts). */
function fitsText(part: JsonSchema, root: JsonSchema, hasMembers: boolean, depth: number): boolean {
  const [schema] = follow(part, root)
  const beyond = schema[typeKey]
  if (beyond === anyType || depth > 8) return true
  if (beyond === 'Map' || beyond === 'Set' || beyond === 'File') return false
  const types = [schema['type']].flat()
  if (types.every((type) => type === 'object' || type === 'null') && types.length > 0)
    return (
      hasMembers && propertiesOf(root, schema).every((member) => fitsText(member.part, root, hasMembers, depth + 1))
    )
  const all = (key: string) => (schema[key] as JsonSchema[] | undefined) ?? []
  if (!all('allOf').every((branch) => fitsText(branch, root, hasMembers, depth + 1))) return false
  const choices = [...all('anyOf'), ...all('oneOf')]
  return choices.length === 0 || choices.some((branch) => fitsText(branch, root, hasMembers, depth + 1))
}

/** What a JSON Schema wants that JSON cannot give, where it leaves no other choice. */
function beyondJsonIn(
  part: JsonSchema,
  root: JsonSchema,
  seen: Set<JsonSchema>,
  made: readonly string[] = [],
): string | undefined {
  const [schema] = follow(part, root)
  if (seen.has(schema) || schema[typeKey] === anyType) return undefined
  seen.add(schema)
  const beyond = schema[typeKey]
  if (typeof beyond === 'string') return made.includes(beyond) ? undefined : beyond
  const choices = branchesOf(schema).filter(({ way: [key] }) => key !== 'allOf')
  const wanted = choices.map(({ part: choice }) => beyondJsonIn(choice, root, seen, made))
  if (choices.length > 0 && wanted.every((one) => one !== undefined)) return wanted[0]
  for (const inner of subschemas(schema, (key) => key !== 'anyOf' && key !== 'oneOf')) {
    const found = beyondJsonIn(inner, root, seen, made)
    if (found) return found
  }
  return undefined
}
