import type { FieldShape, FieldShapes } from '../../plan/fieldShapes.ts'
import { isJson } from '../mediaType.ts'
import type { PartHead } from './partHead.ts'

/** What a part is read as. */
export type PartForm = 'file' | 'json' | 'text'

/** Files have a file name, unless an object is wanted: a `Blob` of JSON has one, too. */
export function formOf(shapes: FieldShapes, { name, filename, type }: PartHead): PartForm {
  const shape = shapeOf(shapes, name)
  if (filename !== undefined && (shape.isFile || !shape.isJson)) return 'file'
  return shape.isJson || isJson(type) ? 'json' : 'text'
}

/** Adds what a part holds to what parts of its name held: to a list, or in their place. */
export function addValue(
  values: Record<string, unknown>,
  shapes: FieldShapes,
  name: string,
  value: unknown,
  form: PartForm,
): void {
  const { isList, isListOfLists } = shapeOf(shapes, name)
  const present = values[name]
  if (isList) {
    values[name] ??= []
    const list = values[name] as unknown[]
    // The list may also come whole, as one part of JSON.
    if (form === 'json' && Array.isArray(value) && !isListOfLists) for (const item of value) list.push(item)
    else list.push(value)
  } else if (isList === false || present === undefined) values[name] = value
  else values[name] = Array.isArray(present) ? [...present, value] : [present, value]
}

function shapeOf({ declared, others }: FieldShapes, name: string): FieldShape {
  return declared.get(name) ?? others
}
