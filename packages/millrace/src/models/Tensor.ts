/** The element types that tensors have on their way to and from a model, by their NumPy names. */
export const elementTypes: Readonly<Record<ElementType, TypedArrayConstructor>> = {
  float32: Float32Array,
  float64: Float64Array,
  int8: Int8Array,
  uint8: Uint8Array,
  int16: Int16Array,
  uint16: Uint16Array,
  int32: Int32Array,
  uint32: Uint32Array,
  int64: BigInt64Array,
  uint64: BigUint64Array,
}

/** See {@link elementTypes}. */
export type ElementType =
  | 'float32'
  | 'float64'
  | 'int8'
  | 'uint8'
  | 'int16'
  | 'uint16'
  | 'int32'
  | 'uint32'
  | 'int64'
  | 'uint64'

/** An array of numbers of one type. */
export type TypedArray =
  | Float32Array
  | Float64Array
  | Int8Array
  | Uint8Array
  | Uint8ClampedArray
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array

type TypedArrayConstructor = new (buffer: ArrayBuffer) => TypedArray

/** Numbers in more than one dimension, row by row. One dimension is a typed array alone. */
export class Tensor {
  readonly data: TypedArray
  /** Such as `[batch, 28, 28]`. */
  readonly shape: readonly number[]

  /** @throws {RangeError} when the shape does not hold as many elements as there are */
  constructor(data: TypedArray, shape: readonly number[]) {
    const size = shape.reduce((product, length) => product * length, 1)
    if (size !== data.length)
      throw new RangeError(`A tensor of shape ${shape.join(' × ')} has ${size} elements, not ${data.length}`)
    this.data = data
    this.shape = shape
  }
}

/** The NumPy name of a typed array's elements. */
export function elementTypeOf(data: ArrayBufferView): ElementType {
  if (data instanceof Uint8ClampedArray || data instanceof DataView) return 'uint8'
  const found = Object.entries(elementTypes).find(([, type]) => data instanceof type)
  if (!found) throw new TypeError(`A ${data.constructor.name} cannot be sent to a model`)
  return found[0] as ElementType
}
