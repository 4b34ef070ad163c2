import { brainFloat, halfFloat } from '../../halfFloats.ts'
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
export const halfByDatatype: Readonly<Record<string, (bits: number) => number>> = { FP16: halfFloat, BF16: brainFloat }
