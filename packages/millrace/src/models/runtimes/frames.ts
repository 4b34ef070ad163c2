import { type ElementType, elementTypeOf, elementTypes, Tensor } from '../Tensor.ts'

/** A frame: a JSON header, and the raw bytes of the tensors that it names. */
export interface Frame {
  readonly header: { readonly [key: string]: unknown }
  readonly blob: Uint8Array
}

const prefixBytes = 8
/** A frame that claims to be larger than this is no frame. */
const maxBytes = 1024 ** 3

interface TensorSpec {
  readonly dtype: ElementType
  readonly shape: readonly number[]
  readonly offset: number
  readonly length: number
}

/** Writes a frame; tensors and typed arrays in the header go into its bytes as they are. */
export function writeFrame(header: object): Uint8Array[] {
  const chunks: Uint8Array[] = []
  let size = 0
  const add = (data: ArrayBufferView, shape: readonly number[]) => {
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    const $tensor: TensorSpec = { dtype: elementTypeOf(data), shape, offset: size, length: bytes.byteLength }
    chunks.push(bytes)
    size += bytes.byteLength
    return { $tensor }
  }
  const replace = (_key: string, value: unknown): unknown => {
    if (value instanceof Tensor) return add(value.data, value.shape)
    if (value instanceof ArrayBuffer) return add(new Uint8Array(value), [value.byteLength])
    if (ArrayBuffer.isView(value)) return add(value, [(value as Uint8Array).length ?? value.byteLength])
    return value
  }
  const json = new TextEncoder().encode(JSON.stringify(header, replace))
  const prefix = new Uint8Array(prefixBytes)
  const view = new DataView(prefix.buffer)
  view.setUint32(0, json.byteLength, true)
  view.setUint32(4, size, true)
  return [prefix, json, ...chunks]
}

/** Puts frames together from the bytes of a pipe, however they are cut. */
export class FrameReader {
  #chunks: Uint8Array[] = []
  #size = 0

  /** Every frame that is whole with these bytes. @throws {RangeError} when they are no frames */
  push(chunk: Uint8Array): Frame[] {
    this.#chunks.push(chunk)
    this.#size += chunk.byteLength
    const frames: Frame[] = []
    for (let frame = this.#next(); frame; frame = this.#next()) frames.push(frame)
    return frames
  }

  #next(): Frame | undefined {
    if (this.#size < prefixBytes) return undefined
    if ((this.#chunks[0] as Uint8Array).byteLength < prefixBytes) this.#join()
    const head = this.#chunks[0] as Uint8Array
    const view = new DataView(head.buffer, head.byteOffset)
    const jsonLength = view.getUint32(0, true)
    const blobLength = view.getUint32(4, true)
    if (jsonLength + blobLength > maxBytes) throw new RangeError('What came is no frame')
    const length = prefixBytes + jsonLength + blobLength
    if (this.#size < length) return undefined
    this.#join()
    const all = this.#chunks[0] as Uint8Array
    const json = all.subarray(prefixBytes, prefixBytes + jsonLength)
    // A copy, because the views on it need an offset that fits their elements, and may outlive the chunk.
    const blob = all.slice(prefixBytes + jsonLength, length)
    this.#chunks = length === all.byteLength ? [] : [all.subarray(length)]
    this.#size -= length
    return { header: JSON.parse(new TextDecoder().decode(json)), blob }
  }

  #join(): void {
    if (this.#chunks.length > 1) this.#chunks = [Buffer.concat(this.#chunks)]
  }
}

/** A value of a frame's header with its tensors in place: typed arrays, or {@link Tensor} from two dimensions on. */
export function readTensors(value: unknown, blob: Uint8Array): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map((part) => readTensors(part, blob))
  const { $tensor } = value as { $tensor?: TensorSpec }
  if ($tensor) return readTensor($tensor, blob)
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, readTensors(part, blob)]))
}

function readTensor({ dtype, shape, offset, length }: TensorSpec, blob: Uint8Array): unknown {
  const type = elementTypes[dtype]
  if (!type) throw new TypeError(`A tensor of dtype ${dtype} cannot be read`)
  const start = blob.byteOffset + offset
  const data = new type(blob.buffer.slice(start, start + length) as ArrayBuffer)
  return shape.length === 1 ? data : new Tensor(data, shape)
}
