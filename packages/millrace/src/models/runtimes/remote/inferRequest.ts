import { HttpError } from '../../../errors/HttpError.ts'
import { elementTypeOf, Tensor, type TypedArray } from '../../Tensor.ts'
import { datatypes } from './datatypes.ts'
import type { RemoteRequest } from './http.ts'
import { jsonRequest } from './json.ts'

/** What one item has for one input. */
interface Part {
  readonly name: string
  readonly datatype: string
  readonly shape: readonly number[]
  readonly data: TypedArray | readonly string[] | readonly boolean[]
}

/** An item as it is sent: its inputs by name. */
export type Parts = readonly Part[]

/** How tensors travel: as their bytes, or in JSON. */
export type TensorData = 'binary' | 'json'

/** Reads an item. @throws {HttpError} 422, code `wrong_input`, saying what does not fit */
export function readItem(item: unknown, tensorData: TensorData): Parts {
  if (typeof item !== 'object' || item === null || Array.isArray(item) || item instanceof Tensor || isArray(item))
    throw wrong('An item has to be an object of tensors by the names of the inputs')
  const parts = Object.entries(item).map(([name, value]) => readPart(name, value))
  if (parts.length === 0) throw wrong('An item has to have an input')
  if (tensorData === 'json') for (const part of parts) checkJson(part)
  return parts
}

/** Items with equal kinds can be stacked: their inputs are alike in name, type and shape. */
export function kindOf(parts: Parts): string {
  return JSON.stringify(parts.map(({ name, datatype, shape }) => [name, datatype, shape]))
}

/** Asks for a batch of items of one kind: each input stacked along a new first dimension. */
export function writeRequest(path: string, items: readonly Parts[], tensorData: TensorData): RemoteRequest {
  return tensorData === 'json' ? inJson(path, items) : inBytes(path, items)
}

function inJson(path: string, items: readonly Parts[]): RemoteRequest {
  const inputs = stacked(items).map(({ values, ...input }) => ({ ...input, data: values.flatMap(listOf) }))
  return jsonRequest(path, { inputs })
}

/** The binary tensor data extension: the bytes follow the JSON. */
function inBytes(path: string, items: readonly Parts[]): RemoteRequest {
  const chunks: Uint8Array[] = []
  const inputs = stacked(items).map(({ values, ...input }) => {
    const own = values.map(bytesOf)
    chunks.push(...own)
    const size = own.reduce((sum, { byteLength }) => sum + byteLength, 0)
    return { ...input, parameters: { binary_data_size: size } }
  })
  const header = Buffer.from(JSON.stringify({ inputs, parameters: { binary_data_output: true } }))
  const headers = {
    'content-type': 'application/octet-stream',
    'inference-header-content-length': String(header.byteLength),
  }
  return { path, headers, body: Buffer.concat([header, ...chunks]) }
}

/** Each input with what all items have for it. */
function stacked(items: readonly Parts[]): (Omit<Part, 'data'> & { readonly values: readonly Part['data'][] })[] {
  return (items[0] as Parts).map(({ name, datatype, shape }, input) => {
    const values = items.map((item) => (item[input] as Part).data)
    return { name, datatype, shape: [items.length, ...shape], values }
  })
}

function readPart(name: string, value: unknown): Part {
  if (value instanceof Tensor)
    return { name, datatype: datatypeOf(name, value.data), shape: value.shape, data: value.data }
  if (isArray(value)) return { name, datatype: datatypeOf(name, value), shape: [value.length], data: value }
  const data: readonly unknown[] = Array.isArray(value) ? value : [value]
  const shape = [data.length]
  if (data.length > 0 && data.every((one) => typeof one === 'boolean')) return { name, datatype: 'BOOL', shape, data }
  if (data.every((one) => typeof one === 'string')) return { name, datatype: 'BYTES', shape, data }
  throw wrong(`The input '${name}' has to be a typed array, a Tensor, or texts or booleans`)
}

function datatypeOf(name: string, data: TypedArray): string {
  try {
    return datatypes[elementTypeOf(data)]
  } catch (error) {
    throw wrong(`The input '${name}' cannot be sent: ${(error as Error).message}`)
  }
}

function isArray(value: unknown): value is TypedArray {
  return ArrayBuffer.isView(value) && !(value instanceof DataView)
}

function bytesOf(data: Part['data']): Uint8Array {
  if (isArray(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
  return Buffer.concat(data.map((one) => (typeof one === 'string' ? lengthPrefixed(one) : Buffer.of(Number(one)))))
}

function lengthPrefixed(text: string): Uint8Array {
  const bytes = Buffer.from(text)
  const length = Buffer.alloc(4)
  length.writeUInt32LE(bytes.byteLength)
  return Buffer.concat([length, bytes])
}

function listOf(data: Part['data']): readonly unknown[] {
  return isArray(data) ? Array.from(data as Iterable<number | bigint>, Number) : data
}

/** JSON has no NaN and no infinity, and its integers are exact to 2^53 only. */
function checkJson({ name, data }: Part): void {
  if (!isArray(data)) return
  const fits = (value: number | bigint) => (typeof value === 'bigint' ? isSafe(value) : Number.isFinite(value))
  for (const value of data) if (!fits(value)) throw wrong(`The input '${name}' holds ${value}, which JSON cannot carry`)
}

function isSafe(value: bigint): boolean {
  return Number.isSafeInteger(Number(value))
}

function wrong(message: string): HttpError {
  return new HttpError(422, message, { code: 'wrong_input' })
}
