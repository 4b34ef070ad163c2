import { type JsonSchema, markKey } from '../../plan/jsonSchema.ts'
import { mapSubschemas } from '../../plan/schemaParts.ts'
import type { SchemaForm } from '../form.ts'
import { isObject } from '../objects.ts'
import { fieldTitle } from './names.ts'

/** Schemas as Pydantic writes them: every model a component, every field with a title. */
export const schemas: SchemaForm = {
  prepare: (schema) => {
    const { $defs } = schema
    const definitions = isObject($defs)
      ? { $defs: Object.fromEntries(Object.entries($defs).map(([name, part]) => [name, rewrite(part as JsonSchema)])) }
      : {}
    return { ...rewrite(schema), ...definitions }
  },
  isComponent: isModel,
  areUnnamedJoined: false,
  suffixes: { input: '-Input', output: '-Output' },
  component: (body, name) => ('title' in body ? body : { ...body, title: name }),
}

function isModel(part: JsonSchema): boolean {
  return part['type'] === 'object' && isObject(part['properties'])
}

function rewrite(part: JsonSchema): JsonSchema {
  let copy = { ...orNone(part, mapSubschemas(withoutDefaulted(part), rewrite)), ...localFormat(part) }
  for (const step of steps) copy = step(copy)
  return copy
}

/** Python's dates and times have no offset either. */
function localFormat(part: JsonSchema): { readonly format?: unknown } {
  const mark = part[markKey]
  return mark === 'date-time' || mark === 'time' ? { format: mark } : {}
}

/** What is `None` in Python where it has not come. */
function orNone(part: JsonSchema, copy: Record<string, unknown>): Record<string, unknown> {
  if (part[markKey] !== 'none') return copy
  const { type, pattern, ...rest } = copy
  return { ...rest, anyOf: [{ type, ...(pattern === undefined ? {} : { pattern }) }, { type: 'null' }] }
}

type Step = (part: Record<string, unknown>) => Record<string, unknown>

const steps: readonly Step[] = [
  // A list of types says the same as a choice of schemas.
  (part) => {
    const { type, ...rest } = part
    if (!Array.isArray(type)) return part
    const [words, limits] = wordsOf(rest)
    return { ...words, anyOf: type.map((one) => (one === 'null' ? { type: one } : { type: one, ...limits })) }
  },
  // An upload. Other libraries than zod say less of it.
  (part) => {
    if (part['format'] !== 'binary') return part
    const { format: _, contentEncoding: __, ...rest } = part
    return { ...rest, contentMediaType: 'application/octet-stream' }
  },
  // The pattern of a format is no news.
  (part) => ('format' in part ? without(part, 'pattern') : part),
  (part) => (part['default'] === null ? without(part, 'default') : part),
  (part) => (isAnything(part['additionalProperties']) ? { ...part, additionalProperties: true } : part),
  (part) => (part['items'] === false ? without(part, 'items') : part),
  (part) => (part['type'] === 'number' && wholeNumbers(part) ? { ...part, type: 'integer' } : part),
  // Keys are strings in JSON; Pydantic tells of nothing but their length and their names.
  ({ propertyNames, ...part }) =>
    isObject(propertyNames) && ['minLength', 'maxLength', 'enum', '$ref'].some((key) => key in propertyNames)
      ? { ...part, propertyNames }
      : part,
  joinChoices,
  titleFields,
]

/** `{}`, that is. */
function isAnything(part: unknown): boolean {
  return isObject(part) && Object.keys(part).length === 0
}

function wholeNumbers({ const: only, enum: all = [only] }: Record<string, unknown>): boolean {
  return Array.isArray(all) && all.every(Number.isInteger)
}

// What is said of a field, as opposed to one of its types.
const ofField = ['title', 'description', 'default', 'deprecated', 'examples', 'hidden', 'openapi']

/** `anyOf` in one list, and the words for a value that may be null said of the whole. */
function joinChoices(part: Record<string, unknown>): Record<string, unknown> {
  const { anyOf, ...rest } = part
  if (!Array.isArray(anyOf)) return part
  const choices = (anyOf as JsonSchema[]).flatMap((choice) => {
    const { anyOf: inner, ...others } = choice
    return Array.isArray(inner) && Object.keys(others).length === 0 ? (inner as JsonSchema[]) : [choice]
  })
  const [only, ...more] = choices.filter(({ type }) => type !== 'null')
  if (!only || more.length > 0 || choices.length === 1 || isModel(only)) return { ...rest, anyOf: choices }
  const [words, bare] = wordsOf(only)
  return { ...words, ...rest, anyOf: choices.map((choice) => (choice === only ? bare : choice)) }
}

/** What is said of the field, and what of its type. */
function wordsOf(part: JsonSchema): readonly [words: JsonSchema, bare: JsonSchema] {
  const entries = Object.entries(part)
  return [
    Object.fromEntries(entries.filter(([key]) => ofField.includes(key))),
    Object.fromEntries(entries.filter(([key]) => !ofField.includes(key))),
  ]
}

/** What has a default is not required, not even in what is sent back. */
function withoutDefaulted(part: JsonSchema): JsonSchema {
  const { properties, required, ...rest } = part
  if (!isObject(properties) || !Array.isArray(required)) return part
  const needed = required.filter((name) => !hasDefault(properties[name]))
  return { ...rest, properties, ...(needed.length > 0 ? { required: needed } : {}) }
}

/** Gives each field a title, unless it is a component, which has its own. */
function titleFields(part: Record<string, unknown>): Record<string, unknown> {
  const { properties, ...rest } = part
  if (!isObject(properties)) return part
  const titled = Object.entries(properties).map(([name, field]): [string, unknown] => {
    if (!isObject(field) || refersTo(field) || 'title' in field) return [name, field]
    return [name, { ...field, title: fieldTitle(name) }]
  })
  return { ...rest, properties: Object.fromEntries(titled) }
}

/** A component has a title of its own. */
function refersTo({ $ref, anyOf }: Record<string, unknown>): boolean {
  if ($ref !== undefined) return true
  const choices = Array.isArray(anyOf) ? (anyOf as JsonSchema[]).filter(({ type }) => type !== 'null') : []
  return choices.length === 1 && choices[0]?.['$ref'] !== undefined
}

function hasDefault(field: unknown): boolean {
  return isObject(field) && 'default' in field
}

function without(part: Record<string, unknown>, key: string): Record<string, unknown> {
  const { [key]: _, ...rest } = part
  return rest
}
