import { halfFloat } from '../../halfFloats.ts'
import { elementTypes, Tensor as ResultTensor, type TypedArray } from '../../Tensor.ts'
import { type OnnxInput, type Part, readItem } from './inputs.ts'
import type { OnnxPackage, OnnxSession, OnnxTensor } from './package.ts'

/** A model that takes batches. */
export interface OnnxModel {
  readonly session: OnnxSession
  readonly Tensor: OnnxPackage['Tensor']
  readonly inputs: readonly OnnxInput[]
  /** Rows of every batch, where the model takes no other number. */
  readonly rows: number | undefined
  /** Names of the outputs that are wanted. */
  readonly outputs: readonly string[]
}

/** An item on its way through the model. */
interface Row {
  /** Its place in the batch. */
  readonly index: number
  readonly parts: readonly Part[]
}

/**
 * Runs a batch. Items of one shape are stacked and run together; where a run fails, its items are run one by
 * one, so that one of them does not take the others with it.
 */
export async function runBatch(model: OnnxModel, items: readonly unknown[]): Promise<unknown[]> {
  const results = new Array<unknown>(items.length)
  const groups = new Map<string, Row[]>()
  for (const [index, item] of items.entries()) {
    try {
      const parts = readItem(model.inputs, item)
      const key = JSON.stringify(parts.map(({ shape }) => shape))
      const group = groups.get(key)
      if (group) group.push({ index, parts })
      else groups.set(key, [{ index, parts }])
    } catch (error) {
      results[index] = error
    }
  }
  for (const group of groups.values()) {
    const size = model.rows ?? group.length
    for (let start = 0; start < group.length; start += size)
      await runRows(model, group.slice(start, start + size), results)
  }
  return results
}

async function runRows(model: OnnxModel, rows: readonly Row[], results: unknown[]): Promise<void> {
  const count = model.rows ?? rows.length
  const feeds = model.inputs.map((input, index) => {
    const parts = rows.map(({ parts }) => parts[index] as Part)
    return [input.name, stack(model.Tensor, input.type, parts, count)] as const
  })
  let outputs: Record<string, OnnxTensor>
  try {
    outputs = await model.session.run(Object.fromEntries(feeds), model.outputs)
  } catch (error) {
    if (rows.length === 1) results[(rows[0] as Row).index] = error
    else for (const row of rows) await runRows(model, [row], results)
    return
  }
  for (const [row, { index }] of rows.entries()) results[index] = cut(model.outputs, outputs, row, count)
}

/** One tensor of parts of one shape; rows that are missing are zeros. */
function stack(Tensor: OnnxPackage['Tensor'], type: string, parts: readonly Part[], rows: number): OnnxTensor {
  const { shape, data } = parts[0] as Part
  const bytes = new Uint8Array(rows * data.byteLength)
  for (const [row, part] of parts.entries())
    bytes.set(new Uint8Array(part.data.buffer, part.data.byteOffset, part.data.byteLength), row * data.byteLength)
  const ElementArray = type === 'bool' ? Uint8Array : elementTypes[type as keyof typeof elementTypes]
  return new Tensor(type, new ElementArray(bytes.buffer), [rows, ...shape])
}

/** What one row has of the outputs: the value itself where one is wanted, else by their names. */
function cut(names: readonly string[], outputs: Record<string, OnnxTensor>, row: number, rows: number): unknown {
  const values = names.map((name) => [name, cutOne(name, outputs[name] as OnnxTensor, row, rows)] as const)
  return values.length === 1 ? values[0]?.[1] : Object.fromEntries(values)
}

function cutOne(name: string, { type, dims, data }: OnnxTensor, row: number, rows: number): unknown {
  const [count, ...shape] = dims
  if (count !== rows)
    throw new TypeError(
      `The output '${name}' has ${count} rows for a batch of ${rows}: leave it out by naming others in \`outputs\``,
    )
  // Strings come as an ordinary array, which is cut the same way.
  const values = data as TypedArray
  if (shape.length === 0) return type === 'float16' ? floatsOf(values.slice(row, row + 1))[0] : values[row]
  const size = shape.reduce((product, length) => product * length, 1)
  // A copy, because a view would hand every caller the results of the others.
  const copy = values.slice(row * size, (row + 1) * size)
  const own = type === 'float16' ? floatsOf(copy) : copy
  return shape.length === 1 ? own : new ResultTensor(own, shape)
}

/** Floats of 16 bits, which older versions of Node have no array for: there they come as their bits. */
function floatsOf(halves: TypedArray): Float32Array {
  return halves instanceof Uint16Array
    ? Float32Array.from(halves, halfFloat)
    : Float32Array.from(halves as Float32Array)
}
