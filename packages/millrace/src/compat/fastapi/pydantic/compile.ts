import { anyType, type JsonSchema, markKey, typeKey } from '../../../plan/jsonSchema.ts'
import { follow } from '../../../plan/schemaParts.ts'
import { boolean, none } from './booleans.ts'
import { dictionary, type Limits, list, model, tuple } from './containers.ts'
import { dateTime } from './dates.ts'
import { file } from './files.ts'
import { formatted } from './formats.ts'
import { labelOf } from './labels.ts'
import { oneOf } from './literals.ts'
import { float, integer } from './numbers.ts'
import type { Parse } from './report.ts'
import { discriminatorOf, mergedObject, tagsOf, typesOf } from './shapes.ts'
import { nullable, taggedUnion, union } from './unions.ts'

const anything: Parse = (value, report) => {
  report.floor('lax')
  return value
}

/** Compiles parts of one JSON Schema; schemas may hold themselves, so each part is compiled once. */
export class Compiler {
  readonly #root: JsonSchema
  readonly #known = new Map<JsonSchema, Parse>()

  constructor(root: JsonSchema) {
    this.#root = root
  }

  /** How a value is taken that stands where a part of the schema describes it. */
  parse(part: JsonSchema): Parse {
    const [schema] = follow(part, this.#root)
    const known = this.#known.get(schema)
    if (known) return known
    let made: Parse | undefined
    // Whoever asks while it is being made gets one that looks when it runs.
    this.#known.set(schema, (value, report) => (made ?? anything)(value, report))
    made = this.#make(schema)
    this.#known.set(schema, made)
    return made
  }

  #make(schema: JsonSchema): Parse {
    const beyond = schema[typeKey]
    if (beyond === anyType) return anything
    if (beyond === 'Date') return dateTime({}, true)
    if (beyond === 'BigInt') return integer({}, true)
    if (beyond === 'File') return file
    if (typeof beyond === 'string') return anything
    if ('const' in schema) return schema['const'] === null ? none : oneOf([schema['const']], 'literal_error')
    const values = schema['enum'] as unknown[] | undefined
    if (values) return this.#enumeration(values, schema)
    const choices = (schema['anyOf'] ?? schema['oneOf']) as JsonSchema[] | undefined
    if (choices) return this.#choice(choices, schema)
    const types = typesOf(schema)
    if (types.length > 1)
      return this.#choice(
        types.map((type) => ({ ...schema, type })),
        {},
      )
    if (types.length === 0 && schema['allOf']) return this.#all(schema['allOf'] as JsonSchema[], schema)
    return this.#typed(types[0], schema)
  }

  #enumeration(values: readonly unknown[], schema: JsonSchema): Parse {
    const bare = values.filter((value) => value !== null)
    const parse = oneOf(bare, schema[markKey] === 'literal' ? 'literal_error' : 'enum')
    return bare.length < values.length ? nullable(parse) : parse
  }

  #choice(choices: readonly JsonSchema[], schema: JsonSchema): Parse {
    const isNull = (choice: JsonSchema) => {
      const [target] = follow(choice, this.#root)
      return target['type'] === 'null' || target['const'] === null
    }
    const others = choices.filter((choice) => !isNull(choice))
    const parse = this.#branches(others, schema)
    return others.length < choices.length ? nullable(parse) : parse
  }

  #branches(choices: readonly JsonSchema[], schema: JsonSchema): Parse {
    if (choices.length === 0) return none
    if (choices.length === 1) return this.parse(choices[0] as JsonSchema)
    const constants = choices.map((choice) => follow(choice, this.#root)[0])
    // A union of literals is one literal.
    if (constants.every((choice) => 'const' in choice))
      return oneOf(
        constants.map((choice) => choice['const']),
        'literal_error',
      )
    const discriminator = discriminatorOf(schema, this.#root)
    if (discriminator !== undefined) {
      const tagged = choices.flatMap((choice) =>
        tagsOf(choice, this.#root, discriminator).map((tag) => [tag, this.parse(choice)] as const),
      )
      return taggedUnion(discriminator, new Map(tagged))
    }
    return union(choices.map((choice) => ({ label: labelOf(choice, this.#root), parse: this.parse(choice) })))
  }

  /** One after the other, where they are no objects: objects are one. */
  #all(parts: readonly JsonSchema[], schema: JsonSchema): Parse {
    const whole = mergedObject(schema, this.#root)
    if (typesOf(whole).includes('object')) return this.#object({ ...whole, type: 'object' })
    const parses = parts.map((part) => this.parse(part))
    return (value, report) => {
      let current = value
      for (const parse of parses) {
        const { length: before } = report.issues
        current = parse(current, report)
        if (report.issues.length > before) break
      }
      return current
    }
  }

  #typed(type: string | undefined, schema: JsonSchema): Parse {
    switch (type) {
      case 'string':
        return formatted(schema)
      case 'integer':
        return integer(schema)
      case 'number':
        return float(schema)
      case 'boolean':
        return boolean
      case 'null':
        return none
      case 'array':
        return this.#array(schema)
      case 'object':
        return this.#object(mergedObject(schema, this.#root))
      default:
        return anything
    }
  }

  #array(schema: JsonSchema): Parse {
    const items = schema['items']
    const item = isSchemaObject(items) ? this.parse(items) : undefined
    const first = schema['prefixItems'] as JsonSchema[] | undefined
    if (first)
      return tuple(
        first.map((part) => this.parse(part)),
        items === false ? undefined : (item ?? anything),
      )
    return list(item ?? anything, limitsOf(schema, 'minItems', 'maxItems'), schema['uniqueItems'] === true)
  }

  #object(schema: JsonSchema): Parse {
    const properties = Object.entries(schema['properties'] as Record<string, JsonSchema>)
    const others = schema['additionalProperties']
    const other = isSchemaObject(others) ? this.parse(others) : (others as boolean | undefined)
    if (properties.length === 0 && others !== false) {
      const names = schema['propertyNames']
      const item = typeof other === 'function' ? other : anything
      return dictionary(
        isSchemaObject(names) ? this.#key(names) : undefined,
        item,
        limitsOf(schema, 'minProperties', 'maxProperties'),
      )
    }
    const required = new Set(schema['required'] as readonly string[])
    const fields = properties.map(([name, part]) => ({ name, isRequired: required.has(name), parse: this.parse(part) }))
    return model({ fields, others: other })
  }

  /** Keys are strings; what is a number in Python is told by the pattern that zod has for it. */
  #key(names: JsonSchema): Parse {
    const [schema] = follow(names, this.#root)
    if (schema['pattern'] === '^-?\\d+$') return integer({})
    if (schema['pattern'] === '^-?\\d+(?:\\.\\d+)?$') return float({})
    return this.parse(schema)
  }
}

function limitsOf(schema: JsonSchema, minimum: string, maximum: string): Limits {
  return { minimum: schema[minimum] as number | undefined, maximum: schema[maximum] as number | undefined }
}

function isSchemaObject(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null
}
