import { HttpError } from '../../../errors/HttpError.ts'
import { elementTypeOf, Tensor, type TypedArray } from '../../Tensor.ts'
import { datatypes } from './datatypes.ts'

/** What one item has for one input, as it is sent. */
interface Part {
  readonly name: string
  readonly datatype: string
  readonly shape: readonly number[]
  readonly bytes: Uint8Array
}

/** An item as it is sent: its inputs by name. */
export type Parts = readonly Part[]

/** Reads an item. @throws {HttpError} 422, code `wrong_input`, saying what does not fit */
export function readItem(item: unknown): Parts {
  if (typeof item !== 'object' || item === null || Array.isArray(item) || item instanceof Tensor || isArray(item))
    throw wrong('An item has to be an object of tensors by the names of the inputs')
  return Object.entries(item).map(([name, value]) => readPart(name, value))
}

/** Items with equal kinds can be stacked: their inputs are alike in name, type and shape. */
export function kindOf(parts: Parts): string {
  return JSON.stringify(parts.map(({ name, datatype, shape }) => [name, datatype, shape]))
}

/** A batch of items of one kind: each input stacked along a new first dimension. */
export function writeRequest(items: readonly Parts[]): { header: Uint8Array; chunks: Uint8Array[] } {
  const chunks: Uint8Array[] = []
  const inputs = (items[0] as Parts).map(({ name, datatype, shape }, input) => {
    let size = 0
    for (const item of items) {
      const { bytes } = item[input] as Part
      chunks.push(bytes)
      size += bytes.byteLength
    }
    return { name, datatype, shape: [items.length, ...shape], parameters: { binary_data_size: size } }
  })
  const header = new TextEncoder().encode(JSON.stringify({ inputs, parameters: { binary_data_output: true } }))
  return { header, chunks }
}

function readPart(name: string, value: unknown): Part {
  if (value instanceof Tensor) return { name, ...numbersOf(name, value.data), shape: value.shape }
  if (isArray(value)) return { name, ...numbersOf(name, value), shape: [value.length] }
  const values: readonly unknown[] = Array.isArray(value) ? value : [value]
  const shape = [values.length]
  if (values.length > 0 && values.every((one) => typeof one === 'boolean'))
    return { name, datatype: 'BOOL', shape, bytes: Uint8Array.from(values, Number) }
  if (values.every((one) => typeof one === 'string'))
    return { name, datatype: 'BYTES', shape, bytes: Buffer.concat(values.map(lengthPrefixed)) }
  throw wrong(`The input '${name}' has to be a typed array, a Tensor, or texts or booleans`)
}

function numbersOf(name: string, data: TypedArray): Pick<Part, 'datatype' | 'bytes'> {
  try {
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    return { datatype: datatypes[elementTypeOf(data)], bytes }
  } catch (error) {
    throw wrong(`The input '${name}' cannot be sent: ${(error as Error).message}`)
  }
}

function isArray(value: unknown): value is TypedArray {
  return ArrayBuffer.isView(value) && !(value instanceof DataView)
}

function lengthPrefixed(text: string): Uint8Array {
  const bytes = Buffer.from(text)
  const length = Buffer.alloc(4)
  length.writeUInt32LE(bytes.byteLength)
  return Buffer.concat([length, bytes])
}

function wrong(message: string): HttpError {
  return new HttpError(422, message, { code: 'wrong_input' })
}
