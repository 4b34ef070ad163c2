import { type ElementType, elementTypeOf, elementTypes, Tensor } from '../Tensor.ts'

/** A frame: a JSON header, and the raw bytes of the tensors that it names. */
export interface Frame {
  readonly header: { readonly [key: string]: unknown }
  readonly blob: Uint8Array
}

const prefixBytes = 8
/** A larger frame is not sent, and one that claims to be is none. */
const maxBytes = 1024 ** 3

interface TensorSpec {
  readonly dtype: ElementType
  readonly shape: readonly number[]
  readonly offset: number
  readonly length: number
}

/** Deeper values are refused: the other side could not read them, and would end. */
const maxDepth = 200

/** A key of the caller's that would read as the mark of a tensor, or as such a key escaped. */
const markedKey = /^\$+tensor$/

/** Collects the values of one frame. Tensors and typed arrays go into its bytes as they are. */
export class FrameWriter {
  #chunks: Uint8Array[] = []
  #size = 0

  /**
   * The form of a value in the frame's header.
   *
   * @throws {TypeError} when it has none: nothing of it is in the frame then
   */
  encode(value: unknown): unknown {
    const count = this.#chunks.length
    const size = this.#size
    try {
      return this.#encode(value, 0)
    } catch (error) {
      this.#chunks.length = count
      this.#size = size
      throw error
    }
  }

  /** The frame of a header whose values {@link encode} has made. */
  finish(header: object): Uint8Array[] {
    const json = new TextEncoder().encode(JSON.stringify(header))
    const prefix = new Uint8Array(prefixBytes)
    const view = new DataView(prefix.buffer)
    view.setUint32(0, json.byteLength, true)
    view.setUint32(4, this.#size, true)
    return [prefix, json, ...this.#chunks]
  }

  #encode(value: unknown, depth: number): unknown {
    if (typeof value === 'bigint' || typeof value === 'function' || typeof value === 'symbol')
      throw new TypeError(`A ${typeof value} cannot be sent to a model`)
    // JSON would make `null` of it.
    if (typeof value === 'number' && !Number.isFinite(value))
      throw new TypeError(`The number ${value} cannot be sent to a model, unless in a typed array`)
    if (typeof value !== 'object' || value === null) return value
    if (depth === maxDepth) throw new TypeError(`A value of more than ${maxDepth} levels cannot be sent to a model`)
    if (value instanceof Tensor) return this.#add(value.data, value.shape)
    if (value instanceof ArrayBuffer) return this.#add(new Uint8Array(value), [value.byteLength])
    if (ArrayBuffer.isView(value)) return this.#add(value, [(value as Uint8Array).length ?? value.byteLength])
    if (Array.isArray(value)) return value.every(isJson) ? value : value.map((part) => this.#encode(part, depth + 1))
    const { toJSON } = value as { toJSON?: unknown }
    if (typeof toJSON === 'function') return this.#encode(toJSON.call(value), depth + 1)
    // By its prototype's prototype, because the objects of another realm are plain, too.
    const prototype: object | null = Object.getPrototypeOf(value)
    if (prototype !== null && Object.getPrototypeOf(prototype) !== null)
      throw new TypeError(`A ${value.constructor.name} cannot be sent to a model: give plain objects, lists or tensors`)
    const entries = Object.entries(value).map(([key, part]) => [
      markedKey.test(key) ? `$${key}` : key,
      this.#encode(part, depth + 1),
    ])
    return Object.fromEntries(entries)
  }

  #add(data: ArrayBufferView, shape: readonly number[]): { readonly $tensor: TensorSpec } {
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    if (this.#size + bytes.byteLength > maxBytes)
      throw new RangeError(`No more than ${maxBytes} bytes can be sent to a model together: make batches smaller`)
    const $tensor: TensorSpec = { dtype: elementTypeOf(data), shape, offset: this.#size, length: bytes.byteLength }
    this.#chunks.push(bytes)
    this.#size += bytes.byteLength
    return { $tensor }
  }
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
    const blob = all.subarray(prefixBytes + jsonLength, length)
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
  if (Array.isArray(value)) return value.every(isJson) ? value : value.map((part) => readTensors(part, blob))
  const { $tensor } = value as { $tensor?: TensorSpec }
  if ($tensor) return readTensor($tensor, blob)
  const entries = Object.entries(value).map(([key, part]) => [
    markedKey.test(key) ? key.slice(1) : key,
    readTensors(part, blob),
  ])
  return Object.fromEntries(entries)
}

function readTensor({ dtype, shape, offset, length }: TensorSpec, blob: Uint8Array): unknown {
  const type = elementTypes[dtype]
  if (!type) throw new TypeError(`A tensor of dtype ${dtype} cannot be read`)
  const start = blob.byteOffset + offset
  // A copy: a view needs an offset that fits its elements, and would keep the whole frame.
  const data = new type(blob.buffer.slice(start, start + length) as ArrayBuffer)
  return shape.length === 1 ? data : new Tensor(data, shape)
}

/** Whether a part of a list goes into JSON as it is: long lists of numbers are not built anew. */
function isJson(part: unknown): boolean {
  return Number.isFinite(part) || typeof part === 'string' || typeof part === 'boolean' || part === null
}
