import { type JsonSchema, jsonSchemaOf } from './jsonSchema.ts'
import type { Schema } from './schema.ts'
import { undeclaredIn, uniqueProperties, valueTypesOf } from './valueTypes.ts'

/** What a schema wants of the parts of one name in a multipart body. */
export interface FieldShape {
  readonly isFile: boolean
  readonly isJson: boolean
  /** Repeated parts are collected: `undefined` where the schema does not say. */
  readonly isList: boolean | undefined
  /** Each item is an array itself. */
  readonly isListOfLists: boolean
}

/** What a schema wants of a multipart body. */
export interface FieldShapes {
  readonly declared: ReadonlyMap<string, FieldShape>
  /** Of names that it does not declare. */
  readonly others: FieldShape
}

const unknown: FieldShape = { isFile: false, isJson: false, isList: undefined, isListOfLists: false }

export function fieldShapesOf(schema: Schema): FieldShapes {
  const root = jsonSchemaOf(schema, 'input')
  if (!root) return { declared: new Map(), others: unknown }
  const others = undeclaredIn(root)
  return {
    declared: new Map([...uniqueProperties(root)].map(([name, part]) => [name, shapeOf(part, root)])),
    others: typeof others === 'object' ? shapeOf(others, root) : unknown,
  }
}

function shapeOf(part: JsonSchema, root: JsonSchema): FieldShape {
  const { types, items, literals } = valueTypesOf(part, root)
  const inner = items && valueTypesOf(items, root)
  const isText = types.has('string') || literals.size > 0
  const isObject = (of: ReadonlySet<string> | undefined) =>
    of !== undefined && (of.has('object') || of.has('array')) && !of.has('string')
  return {
    isFile: types.has('File') || inner?.types.has('File') === true,
    isJson: !isText && (types.has('object') || (types.has('array') && isObject(inner?.types))),
    isList: types.size === 0 && literals.size === 0 ? undefined : types.has('array'),
    isListOfLists: inner?.types.has('array') === true,
  }
}
