import { coerceValue } from '../check/coerce.ts'
import type { JsonSchema } from '../plan/jsonSchema.ts'
import { propertiesOf } from '../plan/schemaParts.ts'
import { undeclaredIn, uniqueProperties, valueTypesOf } from '../plan/valueTypes.ts'
import type { Environment } from './environment.ts'

/** How variables are named after the members of a schema. */
export interface Naming {
  readonly prefix: string
  readonly nested: string
}

/** What variables hold, in the shape of the schema. */
export interface Variables {
  readonly value: Record<string, unknown>
  /** Names of those that begin like JSON, and are none. */
  readonly malformed: readonly string[]
}

/** `databaseUrl` is `DATABASE_URL`, and so is `database_url`. */
export function variableOf(key: string): string {
  return key
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1_$2')
    .toUpperCase()
}

/** Reads the variables that a schema names. */
export function readVariables(root: JsonSchema, environment: Environment, { prefix, nested }: Naming): Variables {
  const malformed: string[] = []
  return { value: readObject(root, prefix), malformed }

  function readObject(part: JsonSchema, before: string): Record<string, unknown> {
    const values: Record<string, unknown> = Object.create(null)
    const required = new Set(propertiesOf(rooted(part)).flatMap(({ name, isRequired }) => (isRequired ? [name] : [])))
    const declared = uniqueProperties(rooted(part))
    const taken = new Set<string>()
    for (const [key, member] of declared) {
      const name = before + variableOf(key)
      taken.add(name)
      const value = readMember(member, name, required.has(key))
      if (value !== undefined) values[key] = value
    }
    // Without anything before them, that would be the whole environment.
    if (before !== '' && isOpen(part)) readOthers(values, before, taken)
    return values
  }

  function readMember(part: JsonSchema, name: string, isRequired: boolean): unknown {
    const types = valueTypesOf(part, root).types
    const text = environment[name]
    if (types.has('object')) return readWhole(part, name, text, isRequired && types.size === 1)
    if (text === undefined || (text === '' && !types.has('string'))) return undefined
    if (types.has('array')) return readList(part, name, text)
    return coerceValue(part, root)(text)
  }

  /** As JSON, and member by member over that. */
  function readWhole(part: JsonSchema, name: string, text: string | undefined, isCertain: boolean): unknown {
    const whole = text ? parse(text, name) : undefined
    const members = readObject(part, name + nested)
    if (Object.keys(members).length === 0) return whole ?? (isCertain ? members : undefined)
    return isObject(whole) ? merge(whole, members) : members
  }

  function readList(part: JsonSchema, name: string, text: string): unknown {
    if (text.trimStart().startsWith('[')) return parse(text, name)
    return coerceValue(part, root)(text.split(',').map((item) => item.trim()))
  }

  /** Of members that may have any name: as they are written, JSON where they are JSON. */
  function readOthers(values: Record<string, unknown>, before: string, taken: ReadonlySet<string>): void {
    for (const name in environment) {
      const text = environment[name]
      const isTaken = taken.has(name) || [...taken].some((other) => name.startsWith(other + nested))
      if (text === undefined || isTaken || !name.startsWith(before) || name === before) continue
      const path = name.slice(before.length).split(nested)
      const last = path.pop() as string
      let target = values
      for (const step of path) target = ensureObject(target, step)
      target[last] = parseOrKeep(text)
    }
  }

  function parse(text: string, name: string): unknown {
    try {
      return JSON.parse(text)
    } catch {
      malformed.push(name)
      return undefined
    }
  }

  /** A part with what its references may lead to. */
  function rooted(part: JsonSchema): JsonSchema {
    return part === root || !root['$defs'] ? part : { ...part, $defs: root['$defs'] }
  }

  function isOpen(part: JsonSchema): boolean {
    return (undeclaredIn(part, root) ?? false) !== false
  }
}

function merge(whole: Record<string, unknown>, members: Record<string, unknown>): Record<string, unknown> {
  // Without a prototype, as all that is read here: a member may have any name.
  const merged: Record<string, unknown> = Object.assign(Object.create(null), whole)
  for (const [key, member] of Object.entries(members)) {
    const known = merged[key]
    merged[key] = isObject(known) && isObject(member) ? merge(known, member) : member
  }
  return merged
}

function ensureObject(target: Record<string, unknown>, step: string): Record<string, unknown> {
  const known = target[step]
  if (isObject(known)) return known
  const made: Record<string, unknown> = Object.create(null)
  target[step] = made
  return made
}

function parseOrKeep(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
