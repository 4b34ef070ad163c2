import type { ElementType } from '../../Tensor.ts'

/** The names of element types in the Open Inference Protocol, by NumPy's. */
export const datatypes: Readonly<Record<ElementType, string>> = {
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

/** And the other way. */
export const elementTypeByDatatype: Readonly<Record<string, ElementType>> = Object.fromEntries(
  Object.entries(datatypes).map(([type, name]) => [name, type as ElementType]),
)

/** Floats of 16 bits, which come as floats of 32: each of them is one exactly. */
export const halfByDatatype: Readonly<Record<string, (bits: number) => number>> = { FP16: half, BF16: brainHalf }

/** IEEE 754, binary16: 1 bit of sign, 5 of exponent, 10 of fraction. */
function half(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1
  const exponent = (bits >> 10) & 0x1f
  const fraction = bits & 0x3ff
  if (exponent === 0) return sign * fraction * 2 ** -24
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15)
}

const scratch = new DataView(new ArrayBuffer(4))

/** The upper half of a float of 32 bits. */
function brainHalf(bits: number): number {
  scratch.setUint32(0, bits << 16)
  return scratch.getFloat32(0)
}
