import { ModelError } from '../../errors.ts'
import { elementTypes, Tensor, type TypedArray } from '../../Tensor.ts'
import { elementTypeByDatatype, halfByDatatype } from './datatypes.ts'
import { parseJson } from './json.ts'

interface Output {
  readonly name: string
  readonly datatype: string
  readonly shape: readonly number[]
  readonly data?: unknown
  readonly parameters?: { readonly binary_data_size?: number }
}

/** Of all rows, one after another. */
type Flat = TypedArray | (string | boolean)[]

/**
 * The results of a batch: each output cut along its first dimension. Both forms of data are read.
 *
 * @throws {ModelError} where it does not fit the batch, or is not what it says of itself
 */
export function readResponse(
  bytes: Uint8Array<ArrayBuffer>,
  headerLength: string | null,
  count: number,
): Record<string, unknown>[] {
  const length = headerLength === null ? bytes.byteLength : Number(headerLength)
  const { outputs } = parseJson(bytes.subarray(0, length)) as { outputs?: readonly Output[] }
  if (!Array.isArray(outputs)) throw new ModelError('model_failed', 'The remote server answered without `outputs`')
  const results: Record<string, unknown>[] = Array.from({ length: count }, () => ({}))
  let offset = length
  for (const output of outputs) {
    const size = output.parameters?.binary_data_size
    const raw = size === undefined ? undefined : bytes.slice(offset, offset + size)
    offset += size ?? 0
    const rows = readOutput(output, raw, count)
    for (const [index, row] of rows.entries()) (results[index] as Record<string, unknown>)[output.name] = row
  }
  return results
}

function readOutput(output: Output, raw: Uint8Array<ArrayBuffer> | undefined, count: number): unknown[] {
  const { name, shape } = output
  if (shape[0] !== count)
    throw new ModelError(
      'wrong_result_count',
      `The remote output '${name}' has ${shape[0]} rows for a batch of ${count}`,
    )
  const rowShape = shape.slice(1)
  const rowSize = rowShape.reduce((product, one) => product * one, 1)
  const flat = raw ? readRaw(output, raw) : readJson(output)
  if (flat.length !== count * rowSize) throw faulty(name, 'does not have its shape')
  return Array.from({ length: count }, (_, index) => {
    const row = flat.slice(index * rowSize, (index + 1) * rowSize)
    if (Array.isArray(row)) return rowSize === 1 && rowShape.length <= 1 ? row[0] : row
    return rowShape.length <= 1 ? row : new Tensor(row, rowShape)
  })
}

function readRaw({ name, datatype }: Output, raw: Uint8Array<ArrayBuffer>): Flat {
  if (datatype === 'BOOL') return Array.from(raw, (byte) => byte !== 0)
  if (datatype === 'BYTES') return readTexts(name, raw)
  const half = halfByDatatype[datatype]
  return half ? Float32Array.from(new Uint16Array(raw.buffer), half) : new (typeOf(name, datatype))(raw.buffer)
}

function readTexts(name: string, raw: Uint8Array): string[] {
  const texts: string[] = []
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength)
  for (let at = 0; at < raw.byteLength; ) {
    const end = at + 4 + view.getUint32(at, true)
    if (end > raw.byteLength) throw faulty(name, 'has a text that is longer than its data')
    texts.push(new TextDecoder().decode(raw.subarray(at + 4, end)))
    at = end
  }
  return texts
}

function readJson({ name, datatype, data }: Output): Flat {
  const values = (Array.isArray(data) ? data : [data]).flat(Number.POSITIVE_INFINITY) as unknown[]
  const element = datatype === 'BOOL' ? 'boolean' : datatype === 'BYTES' ? 'string' : 'number'
  // A server that has a NaN to tell may write `null`, which would be read as 0.
  if (!values.every((value) => typeof value === element)) throw faulty(name, `holds what is no ${element}`)
  if (element !== 'number') return values as (string | boolean)[]
  const numbers = values as number[]
  if (datatype in halfByDatatype) return Float32Array.from(numbers)
  if (datatype === 'INT64' || datatype === 'UINT64') {
    // JSON's numbers are doubles: beyond 2^53 the digits that came are already lost.
    if (!numbers.every(Number.isSafeInteger))
      throw faulty(name, 'holds integers that JSON cannot carry: let the server send binary data')
    return datatype === 'INT64' ? BigInt64Array.from(numbers, BigInt) : BigUint64Array.from(numbers, BigInt)
  }
  const type = typeOf(name, datatype)
  // Those of bigints are read above; the others are made of numbers alike.
  const read = (type as unknown as typeof Float32Array).from(numbers) as TypedArray
  if (datatype.includes('INT') && numbers.some((number, index) => number !== read[index]))
    throw faulty(name, `holds numbers that are no ${datatype}`)
  return read
}

function typeOf(name: string, datatype: string): new (buffer: ArrayBuffer) => TypedArray {
  const type = elementTypeByDatatype[datatype]
  if (type) return elementTypes[type]
  throw faulty(name, `has the datatype ${datatype}, which cannot be read`)
}

function faulty(name: string, what: string): ModelError {
  return new ModelError('model_failed', `The remote output '${name}' ${what}`)
}
