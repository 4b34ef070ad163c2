import { ModelError } from '../../errors.ts'
import { type ElementType, elementTypeOf, elementTypes, Tensor, type TypedArray } from '../../Tensor.ts'
import type { RemoteServer } from './http.ts'
import type { ProtocolFactory } from './remote.ts'

/** Open Inference Protocol v2 (https://github.com/kserve/open-inference-protocol), with its binary data extension. */
export const openInference: ProtocolFactory = (model) => ({
  run: async (server, items, signal) => {
    const path = `/v2/models/${encodeURIComponent(model ?? '')}/infer`
    const results: unknown[] = new Array(items.length)
    const runGroup = async (indexes: readonly number[]) => {
      const own = await infer(
        server,
        path,
        indexes.map((index) => items[index] as Item),
        signal,
      )
      for (const [at, index] of indexes.entries()) results[index] = own[at]
    }
    await Promise.all(groupsOf(items as readonly Item[]).map(runGroup))
    return results
  },
})

/** The items that can be stacked, by their indexes: those whose inputs are alike in name, type and shape. */
function groupsOf(items: readonly Item[]): number[][] {
  const groups = new Map<string, number[]>()
  for (const [index, item] of items.entries()) {
    const kind = JSON.stringify(Object.entries(item).map(([name, value]) => [name, ...kindOf(value)]))
    const group = groups.get(kind)
    if (group) group.push(index)
    else groups.set(kind, [index])
  }
  return [...groups.values()]
}

function kindOf(value: Value): readonly unknown[] {
  if (typeof value === 'string') return ['text', 1]
  if (value instanceof Tensor) return [elementTypeOf(value.data), ...value.shape]
  if (ArrayBuffer.isView(value)) return [elementTypeOf(value as TypedArray), (value as TypedArray).length]
  return ['text', value.length]
}

async function infer(
  server: RemoteServer,
  path: string,
  items: readonly Item[],
  signal: AbortSignal,
): Promise<Record<string, unknown>[]> {
  const { header, chunks } = writeRequest(items)
  const headers = {
    'content-type': 'application/octet-stream',
    'inference-header-content-length': String(header.byteLength),
  }
  return await server.post(path, Buffer.concat([header, ...chunks]), headers, signal, async (response) => {
    const bytes = new Uint8Array(await response.arrayBuffer())
    return readResponse(bytes, response.headers.get('inference-header-content-length'), items.length)
  })
}

type Value = TypedArray | Tensor | string | readonly string[]
type Item = Readonly<Record<string, Value>>

/** The protocol's names of element types, by NumPy's. */
const datatypes: Readonly<Record<ElementType, string>> = {
  float32: 'FP32',
  float64: 'FP64',
  int8: 'INT8',
  uint8: 'UINT8',
  int16: 'INT16',
  uint16: 'UINT16',
  int32: 'INT32',
  uint32: 'UINT32',
  int64: 'INT64',
  uint64: 'UINT64',
}
const elementTypeByDatatype = Object.fromEntries(
  Object.entries(datatypes).map(([type, name]) => [name, type as ElementType]),
)

/** One batch of items that are alike: each input stacked along a new first dimension. */
function writeRequest(items: readonly Item[]): { header: Uint8Array; chunks: Uint8Array[] } {
  const chunks: Uint8Array[] = []
  const inputs = Object.keys(items[0] ?? {}).map((name) => {
    const values = items.map((item) => item[name])
    const [first] = values
    if (typeof first === 'string' || Array.isArray(first)) {
      const texts = values.map((value) => (typeof value === 'string' ? [value] : (value as readonly string[])))
      const raw = Buffer.concat(texts.flat().map(lengthPrefixed))
      chunks.push(raw)
      return {
        name,
        datatype: 'BYTES',
        shape: [items.length, texts[0]?.length ?? 0],
        parameters: { binary_data_size: raw.byteLength },
      }
    }
    const tensors = values.map((value) =>
      value instanceof Tensor ? value : new Tensor(value as TypedArray, [(value as TypedArray).length]),
    )
    const shape = tensors[0]?.shape ?? []
    const type = elementTypeOf(tensors[0]?.data as TypedArray)
    for (const { data } of tensors) chunks.push(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
    const size = tensors.reduce((sum, { data }) => sum + data.byteLength, 0)
    return { name, datatype: datatypes[type], shape: [items.length, ...shape], parameters: { binary_data_size: size } }
  })
  const header = new TextEncoder().encode(JSON.stringify({ inputs, parameters: { binary_data_output: true } }))
  return { header, chunks }
}

function lengthPrefixed(text: string): Uint8Array {
  const bytes = Buffer.from(text)
  const length = Buffer.alloc(4)
  length.writeUInt32LE(bytes.byteLength)
  return Buffer.concat([length, bytes])
}

interface Output {
  readonly name: string
  readonly datatype: string
  readonly shape: readonly number[]
  readonly data?: unknown
  readonly parameters?: { readonly binary_data_size?: number }
}

/** The results of a batch: each output cut along its first dimension. Both forms of data are read. */
function readResponse(bytes: Uint8Array, headerLength: string | null, count: number): Record<string, unknown>[] {
  const length = headerLength === null ? bytes.byteLength : Number(headerLength)
  const { outputs } = JSON.parse(new TextDecoder().decode(bytes.subarray(0, length))) as { outputs?: readonly Output[] }
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

function readOutput({ name, datatype, shape, data }: Output, raw: Uint8Array | undefined, count: number): unknown[] {
  if (shape[0] !== count)
    throw new ModelError(
      'wrong_result_count',
      `The remote output '${name}' has ${shape[0]} rows for a batch of ${count}`,
    )
  const rowShape = shape.slice(1)
  const rowSize = rowShape.reduce((product, one) => product * one, 1)
  const flat = raw ? readRaw(datatype, raw, name) : readJson(datatype, data, name)
  if (flat.length !== count * rowSize)
    throw new ModelError('model_failed', `The remote output '${name}' does not have its shape`)
  return Array.from({ length: count }, (_, index) => {
    const row = flat.slice(index * rowSize, (index + 1) * rowSize)
    if (Array.isArray(row)) return rowSize === 1 && rowShape.length <= 1 ? row[0] : row
    return rowShape.length <= 1 ? row : new Tensor(row as TypedArray, rowShape)
  })
}

function readRaw(datatype: string, raw: Uint8Array, name: string): TypedArray | (string | boolean)[] {
  if (datatype === 'BOOL') return Array.from(raw, (byte) => byte !== 0)
  if (datatype === 'BYTES') {
    const texts: string[] = []
    const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength)
    for (let at = 0; at < raw.byteLength; ) {
      const length = view.getUint32(at, true)
      texts.push(new TextDecoder().decode(raw.subarray(at + 4, at + 4 + length)))
      at += 4 + length
    }
    return texts
  }
  const type = elementTypeByDatatype[datatype]
  if (!type)
    throw new ModelError(
      'model_failed',
      `The remote output '${name}' has the datatype ${datatype}, which cannot be read`,
    )
  return new elementTypes[type](raw.buffer as ArrayBuffer)
}

function readJson(datatype: string, data: unknown, name: string): TypedArray | (string | boolean)[] {
  const flat = (Array.isArray(data) ? data : [data]).flat(Number.POSITIVE_INFINITY) as (number | string | boolean)[]
  if (datatype === 'BOOL' || datatype === 'BYTES') return flat as (string | boolean)[]
  const type = elementTypeByDatatype[datatype]
  if (!type)
    throw new ModelError(
      'model_failed',
      `The remote output '${name}' has the datatype ${datatype}, which cannot be read`,
    )
  const isWide = type === 'int64' || type === 'uint64'
  // JSON's numbers are doubles: beyond 2^53 the digits that came are already lost.
  if (isWide && !flat.every(Number.isSafeInteger))
    throw new ModelError(
      'model_failed',
      `The remote output '${name}' holds integers that JSON cannot carry: let the server send binary data`,
    )
  const from = elementTypes[type] as unknown as { from(values: readonly unknown[]): TypedArray }
  return from.from(isWide ? flat.map((value) => BigInt(value as number)) : flat)
}
