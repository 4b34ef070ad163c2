import { types } from 'node:util'
import type { ZodDefinition, ZodNode } from '../../plan/zodTypes.ts'
import type { Add, CompileInner, CompileType } from './compileJson.ts'
import type { JsonBuffer } from './JsonBuffer.ts'
import { compileFits, lengthRangeOf } from './rules.ts'
import { compileUnion } from './unions.ts'

/** What holds other schemas. */
export const holders: Readonly<Record<string, CompileType>> = {
  object: compileObject,
  record: compileRecord,
  array: compileArray,
  tuple: compileTuple,
  union: compileUnion,
  nullable: compileNullable,
  // What it freezes is a copy.
  readonly: ({ innerType }, _, inner) => inner(innerType),
  default: compileDefault,
}

interface Member {
  readonly key: string
  readonly add: Add
  readonly isOptional: boolean
  /** Its key in JSON: as that of the first member, and of any other. */
  readonly opening: string
  readonly following: string
}

function compileObject({ shape = {}, catchall }: ZodDefinition, _: ZodNode, inner: CompileInner): Add | undefined {
  const keys = Object.keys(shape)
  if (Object.getOwnPropertySymbols(shape).length > 0 || keys.includes('__proto__')) return undefined
  if (catchall && catchall._zod?.def?.type !== 'never') return undefined
  const members: Member[] = []
  for (const key of keys) {
    const node = shape[key]
    const optional = optionalIn(node)
    const add = inner(optional ?? node)
    if (!add) return undefined
    const json = `${JSON.stringify(key)}:`
    members.push({ key, add, isOptional: optional !== undefined, opening: `{${json}`, following: `,${json}` })
  }
  const declared = catchall && new Set(keys)
  return (value, json) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
    // It may answer for a member that it says it has not, which zod asks.
    if (types.isProxy(value)) return false
    if (declared && hasOthers(value, declared)) return false
    let isFirst = true
    for (let index = 0; index < members.length; index++) {
      const { key, add, isOptional, opening, following } = members[index] as Member
      const member = (value as Record<string, unknown>)[key]
      if (member === undefined && isOptional) continue
      json.add(isFirst ? opening : following)
      isFirst = false
      if (!add(member, json)) return false
    }
    json.add(isFirst ? '{}' : '}')
    return true
  }
}

function hasOthers(value: object, declared: ReadonlySet<string>): boolean {
  for (const key in value) if (!declared.has(key)) return true
  return false
}

/** What a member is, if it is there; `undefined` for one that must be there, or that is more than optional. */
function optionalIn(node: ZodNode | undefined): ZodNode | undefined {
  const { def, traits } = node?._zod ?? {}
  const isCertain =
    def?.type === 'optional' && !def.checks?.length && traits !== undefined && !traits.has('$ZodExactOptional')
  // A default within it stands in for what is not there.
  return isCertain && def.innerType?._zod && def.innerType._zod.optin === undefined ? def.innerType : undefined
}

function compileRecord({ keyType, valueType, mode }: ZodDefinition, _: ZodNode, inner: CompileInner): Add | undefined {
  const key = keyType?._zod?.def
  if (key?.type !== 'string' || key.format !== undefined || key.checks?.length || key.coerce || mode !== undefined)
    return undefined
  const add = inner(valueType)
  if (!add) return undefined
  return (value, json) => {
    if (typeof value !== 'object' || value === null || Object.getOwnPropertySymbols(value).length > 0) return false
    const prototype = Object.getPrototypeOf(value)
    if (prototype !== Object.prototype && prototype !== null) return false
    const keys = Object.keys(value)
    json.add('{')
    for (let index = 0; index < keys.length; index++) {
      const key = keys[index] as string
      if (key === '__proto__') return false
      if (index > 0) json.add(',')
      json.addString(key)
      json.add(':')
      if (!add((value as Record<string, unknown>)[key], json)) return false
    }
    json.add('}')
    return true
  }
}

function compileArray(definition: ZodDefinition, _: ZodNode, inner: CompileInner): Add | undefined {
  const range = lengthRangeOf(definition)
  if (!range) return undefined
  const { least, most } = range
  const isArray = (value: unknown): value is readonly unknown[] =>
    Array.isArray(value) && value.length >= least && value.length <= most
  const item = definition.element?._zod?.def
  if (item?.type === 'number') {
    const fits = item.coerce ? undefined : compileFits(item)
    return fits && ((value, json) => isArray(value) && json.addNumbers(value, fits))
  }
  const add = inner(definition.element)
  if (!add) return undefined
  return (value, json) => {
    if (!isArray(value)) return false
    const { length } = value
    json.add('[')
    for (let index = 0; index < length; index++) {
      if (index > 0) json.add(',')
      if (!add(value[index], json)) return false
    }
    json.add(']')
    // A getter may have added items.
    return value.length === length
  }
}

function compileTuple({ items = [], rest }: ZodDefinition, _: ZodNode, inner: CompileInner): Add | undefined {
  const adds = items.map(inner)
  if (rest || adds.includes(undefined)) return undefined
  return (value, json) => {
    if (!Array.isArray(value) || value.length !== adds.length) return false
    json.add('[')
    for (let index = 0; index < adds.length; index++) {
      if (index > 0) json.add(',')
      if (!(adds[index] as Add)(value[index], json)) return false
    }
    json.add(']')
    return true
  }
}

function compileNullable({ innerType }: ZodDefinition, _: ZodNode, inner: CompileInner): Add | undefined {
  const add = inner(innerType)
  if (!add) return undefined
  return (value, json) => {
    if (value !== null) return add(value, json)
    json.add('null')
    return true
  }
}

function compileDefault(definition: ZodDefinition, _: ZodNode, inner: CompileInner): Add | undefined {
  const add = inner(definition.innerType)
  return add && ((value, json) => (value === undefined ? addDefault(definition.defaultValue, json) : add(value, json)))
}

/** Adds a default, which need not fit the schema. It may be another each time that it is read. */
function addDefault(value: unknown, json: JsonBuffer): boolean {
  if (typeof value === 'string') json.addString(value)
  else if (typeof value === 'number' && Number.isFinite(value)) json.addNumber(value)
  else if (typeof value === 'boolean' || value === null) json.add(String(value))
  else return false
  return true
}
