import type { RequestContext } from '../input/context.ts'
import { compileMembers } from '../input/members.ts'
import { NullObject } from '../input/nullObject.ts'
import { decodeParams } from '../match/encoding.ts'
import { type JsonSchema, jsonSchemaOf } from '../plan/jsonSchema.ts'
import { delimitersOf } from '../plan/parameterStyles.ts'
import type { Schema } from '../plan/schema.ts'
import { allowsArray, undeclaredIn, uniqueProperties } from '../plan/valueTypes.ts'
import type { InputLocation } from './checkRules.ts'

/** The strings of a location by their names, as they came. */
export type Raw = Readonly<Record<string, unknown>>

/** How the strings of each location are read for a schema. */
export const rawReaders: Record<InputLocation, (schema: Schema) => (context: RequestContext) => Raw> = {
  params: () => (context) => decodeParams(context['~rawParams'] ?? {}),
  query: queryReader,
  cookies: (schema) => {
    const split = compileSplit(schema)
    return split ? (context) => split(context['~rawCookies']) : (context) => context['~rawCookies']
  },
  headers: headerReader,
}

function queryReader(schema: Schema): (context: RequestContext) => Raw {
  const gather = compileMembers(schema, 'malformed_target')
  const split = compileSplit(schema)
  if (!gather && !split) return (context) => context['~rawQuery']
  return (context) => {
    const raw = gather ? gather(context['~rawQuery']) : context['~rawQuery']
    return split ? split(raw) : raw
  }
}

/** Lists that come in one value. */
function compileSplit(schema: Schema): ((raw: Raw) => Raw) | undefined {
  const delimiters = Object.entries(delimitersOf(schema) ?? {})
  if (delimiters.length === 0) return undefined
  return (raw) => {
    const values: Record<string, unknown> = Object.assign(new NullObject(), raw)
    for (const [name, delimiter] of delimiters) {
      const value = values[name]
      if (value === undefined) continue
      values[name] = [value].flat().flatMap((text) => (text === '' ? [] : String(text).split(delimiter)))
    }
    return values
  }
}

/**
 * Only the declared headers, so that a strict schema does not fail on those that every client sends; all of
 * them for a schema that says what others may be.
 */
function headerReader(schema: Schema): (context: RequestContext) => Raw {
  const root = jsonSchemaOf(schema, 'input')
  const declared = [...(root ? uniqueProperties(root) : [])].map(([name, part]) => ({
    name,
    key: name.toLowerCase(),
    isList: allowsArray(part, root as JsonSchema),
  }))
  const isOpen = declared.length === 0 || (root && (undeclaredIn(root) ?? false) !== false)
  const known = new Set(declared.map(({ key }) => key))
  return (context) => {
    const values = isOpen ? otherHeaders(context, known) : Object.create(null)
    for (const { name, key, isList } of declared) {
      const value = context.header(key)
      // Repeated headers and one with commas are the same (RFC 9110, section 5.3).
      if (value !== undefined) values[name] = isList ? itemsOf(value) : value
    }
    return values
  }
}

function otherHeaders(context: RequestContext, known: ReadonlySet<string>): Record<string, unknown> {
  const values: Record<string, unknown> = Object.create(null)
  const raw = context['~exchange'].rawHeaders()
  for (let index = 0; index < raw.length; index += 2) {
    const name = (raw[index] as string).toLowerCase()
    if (!known.has(name)) values[name] = context.header(name) ?? ''
  }
  return values
}

/** RFC 9110, section 5.6.1: what is empty is no item. */
function itemsOf(value: string): string[] {
  return value
    .split(',')
    .map((item) => item.trim())
    .filter(Boolean)
}
