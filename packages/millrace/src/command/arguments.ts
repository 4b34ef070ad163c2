import { type ParseArgsOptionsConfig, parseArgs } from 'node:util'
import { compileCoerce } from '../check/coerce.ts'
import { issuesOf } from '../check/issues.ts'
import { validatorOf } from '../check/validator.ts'
import { type JsonSchema, jsonSchemaOf } from '../plan/jsonSchema.ts'
import type { Schema } from '../plan/schema.ts'
import { propertiesOf } from '../plan/schemaParts.ts'
import { allowsArray, uniqueProperties, valueTypesOf } from '../plan/valueTypes.ts'
import { CommandError } from './CommandError.ts'
import type { AppCommand } from './command.ts'

/** One argument of a command, as its schema has it. */
interface Argument {
  readonly key: string
  /** Without its dashes: `max-count`. */
  readonly flag: string
  readonly isBoolean: boolean
  readonly isList: boolean
  readonly isRequired: boolean
  readonly description: string | undefined
  readonly default: unknown
}

/** @throws {CommandError} with everything that is wrong */
export async function readArguments(command: AppCommand, argv: readonly string[]): Promise<unknown> {
  const { args: schema, positional = [] } = command.spec
  const raw = parse(argumentsOf(command), positional as readonly string[], argv)
  if (!schema) return raw
  const coerced = compileCoerce(schema as Schema)(raw)
  const result = await validatorOf(schema as Schema, 'input')(coerced)
  if (!result.issues) return result.value
  const lines = issuesOf(result.issues, 'body', coerced).map(({ path, code, message }) => {
    const [key = '', ...rest] = path
    const isPlaced = (positional as readonly string[]).includes(String(key))
    const name = (isPlaced ? String(key) : `--${flagOf(String(key))}`) + rest.map((step) => `[${step}]`).join('')
    return `${name}: ${code === 'missing' ? 'is missing' : message}`
  })
  throw new CommandError([...new Set(lines)].join('\n'))
}

function parse(
  all: readonly Argument[],
  positional: readonly string[],
  argv: readonly string[],
): Record<string, string | boolean | readonly string[]> {
  const options: ParseArgsOptionsConfig = {}
  for (const { flag, isBoolean, isList } of all)
    options[flag] = { type: isBoolean ? 'boolean' : 'string', multiple: isList }
  let values: Record<string, unknown>
  let placed: string[]
  try {
    ;({ values, positionals: placed } = parseArgs({
      args: [...argv],
      options,
      allowPositionals: true,
      allowNegative: true,
    }))
  } catch (error) {
    throw new CommandError((error as Error).message)
  }
  const raw: Record<string, string | boolean | readonly string[]> = Object.create(null)
  for (const { key, flag } of all) if (values[flag] !== undefined) raw[key] = values[flag] as string
  for (const [index, key] of positional.entries()) {
    const isLast = index === positional.length - 1
    const isList = isLast && all.some((one) => one.key === key && one.isList)
    const value = isList ? placed.splice(0) : placed.shift()
    if (value !== undefined && value.length > 0) raw[key] = value
  }
  if (placed.length > 0) throw new CommandError(`'${placed[0]}' is one argument too many`)
  return raw
}

/** The arguments of a command, in the order of its schema. */
function argumentsOf({ spec: { args } }: AppCommand): Argument[] {
  const root = args && jsonSchemaOf(args as Schema, 'input')
  if (!root) return []
  const required = new Set(propertiesOf(root).flatMap(({ name, isRequired }) => (isRequired ? [name] : [])))
  return [...uniqueProperties(root)].map(([key, part]: [string, JsonSchema]) => {
    const { types } = valueTypesOf(part, root)
    return {
      key,
      flag: flagOf(key),
      isBoolean: types.has('boolean') && types.size === 1,
      isList: allowsArray(part, root),
      isRequired: required.has(key),
      description: part['description'] as string | undefined,
      default: part['default'],
    }
  })
}

function flagOf(key: string): string {
  return key
    .replace(/([a-z0-9])([A-Z])/g, '$1-$2')
    .replaceAll('_', '-')
    .toLowerCase()
}

/** The help of a command. */
export function helpOf(command: AppCommand): string {
  const all = argumentsOf(command)
  const placed = (command.spec.positional ?? []) as readonly string[]
  const inPlace = placed.flatMap((key) => all.filter((one) => one.key === key))
  const flags = all.filter(({ key }) => !placed.includes(key))
  const usage = inPlace.map(({ key, isRequired, isList }) => {
    const name = key + (isList ? '...' : '')
    return isRequired ? `<${name}>` : `[${name}]`
  })
  return [
    `Usage: millrace ${[command.name, flags.length > 0 ? '[options]' : '', ...usage].filter(Boolean).join(' ')}`,
    ...(command.spec.description ? ['', command.spec.description] : []),
    ...section(
      'Arguments:',
      inPlace.map((one) => [one.key, one]),
    ),
    ...section(
      'Options:',
      flags.map((one) => [`--${one.flag}${one.isBoolean ? '' : ' <value>'}`, one]),
    ),
  ].join('\n')
}

function section(title: string, rows: readonly (readonly [string, Argument])[]): string[] {
  if (rows.length === 0) return []
  const width = Math.max(...rows.map(([name]) => name.length))
  return ['', title, ...rows.map(([name, one]) => `  ${name.padEnd(width)}  ${notesOf(one)}`.trimEnd())]
}

function notesOf({ description, default: value, isRequired, isList }: Argument): string {
  const notes = [
    ...(value === undefined ? [] : [`default: ${JSON.stringify(value)}`]),
    ...(isRequired ? ['required'] : []),
    ...(isList ? ['may be repeated'] : []),
  ]
  return [description, notes.length > 0 ? `(${notes.join('; ')})` : undefined].filter(Boolean).join(' ')
}
