import { HttpError } from '../../../errors/HttpError.ts'
import { elementTypeOf, elementTypes, type TypedArray } from '../../Tensor.ts'
import type { OnnxValue } from './package.ts'

/** An input of a model, as items have it: without the first dimension, which is the batch. */
export interface OnnxInput {
  readonly name: string
  /** Of its elements, by their ONNX name. */
  readonly type: string
  /** A dimension that is free is `undefined`; so is the whole where the model says nothing. */
  readonly shape: readonly (number | undefined)[] | undefined
}

/** What one item has for one input. */
export interface Part {
  readonly data: TypedArray
  readonly shape: readonly number[]
}

/** The inputs of a model. @throws {TypeError} when one of them cannot be had from items */
export function inputsOf(values: readonly OnnxValue[]): OnnxInput[] {
  return values.map((value) => {
    if (!value.isTensor) throw new TypeError(`The input '${value.name}' of the model is no tensor`)
    if (!(value.type in elementTypes) && value.type !== 'bool')
      throw new TypeError(
        `The input '${value.name}' of the model has elements of type ${value.type}, which items cannot have`,
      )
    const [, ...shape] = value.shape
    const isKnown = value.shape.length > 0
    return {
      name: value.name,
      type: value.type,
      shape: isKnown ? shape.map((length) => (typeof length === 'number' ? length : undefined)) : undefined,
    }
  })
}

/**
 * How many rows the model wants in a batch, where it has been exported for one number only.
 *
 * @throws {TypeError} when its inputs do not agree
 */
export function fixedRows(values: readonly OnnxValue[]): number | undefined {
  const firsts = new Set(
    values.map((value) => (value.isTensor && typeof value.shape[0] === 'number' ? value.shape[0] : undefined)),
  )
  if (firsts.size <= 1) return [...firsts][0]
  throw new TypeError(
    'The first dimensions of the inputs of the model differ: export it with the batch as the first of each',
  )
}

/**
 * Reads the parts of an item: by the names of the inputs, or the item itself where there is one input.
 *
 * @throws {HttpError} 422, code `wrong_input`, saying what does not fit
 */
export function readItem(inputs: readonly OnnxInput[], item: unknown): Part[] {
  const [only] = inputs
  if (inputs.length === 1 && only && tensorLike(item)) return [readPart(only, item)]
  const names = inputs.map(({ name }) => name)
  if (typeof item !== 'object' || item === null || tensorLike(item))
    throw wrong(`An item has to be an object with ${listed(names)}`)
  const unknown = Object.keys(item).filter((name) => !names.includes(name))
  if (unknown.length > 0) throw wrong(`There is no input ${listed(unknown)}: the model has ${listed(names)}`)
  return inputs.map((input) => readPart(input, (item as Record<string, unknown>)[input.name]))
}

function readPart(input: OnnxInput, value: unknown): Part {
  const found = tensorLike(value)
  if (!found) throw wrong(`The input '${input.name}' has to be a typed array or a Tensor`)
  const wanted = input.type === 'bool' ? 'uint8' : input.type
  const type = elementTypeOf(found.data)
  if (type !== wanted) throw wrong(`The input '${input.name}' has to be of type ${wanted}, not ${type}`)
  const shape = found.shape ? exactShape(input.shape, found.shape) : shapeOfFlat(input.shape, found.data.length)
  if (shape) return { data: found.data, shape }
  const given = found.shape ? written(found.shape) : `${found.data.length} numbers`
  throw wrong(`The input '${input.name}' has to be of shape ${written(input.shape ?? [])}, not ${given}`)
}

/** A typed array, or a tensor, which has lost its class on its way between threads. */
function tensorLike(value: unknown): { data: TypedArray; shape: readonly number[] | undefined } | undefined {
  if (ArrayBuffer.isView(value)) return { data: value as TypedArray, shape: undefined }
  const { data, shape } = (value ?? {}) as { data?: unknown; shape?: unknown }
  if (!ArrayBuffer.isView(data) || !Array.isArray(shape)) return undefined
  return { data: data as TypedArray, shape }
}

function exactShape(wanted: OnnxInput['shape'], given: readonly number[]): readonly number[] | undefined {
  if (!wanted) return given
  const fits =
    wanted.length === given.length && wanted.every((length, index) => (length ?? given[index]) === given[index])
  return fits ? given : undefined
}

/** The shape of numbers that come in one dimension, where only one fits. */
function shapeOfFlat(wanted: OnnxInput['shape'], length: number): readonly number[] | undefined {
  if (!wanted) return [length]
  const known = wanted.reduce<number>((product, one) => product * (one ?? 1), 1)
  const free = wanted.filter((one) => one === undefined).length
  if (free > 1 || (free === 1 ? length % known !== 0 : length !== known)) return undefined
  return wanted.map((one) => one ?? length / known)
}

function wrong(message: string): HttpError {
  return new HttpError(422, message, { code: 'wrong_input' })
}

function listed(names: readonly string[]): string {
  return names.map((name) => `'${name}'`).join(', ')
}

function written(shape: readonly (number | undefined)[]): string {
  return `[${shape.map((length) => length ?? 'any').join(', ')}]`
}
