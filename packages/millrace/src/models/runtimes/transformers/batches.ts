import type { TypedArray } from '../../Tensor.ts'
import type { Pipeline, PipelineTensor } from './package.ts'

/**
 * Runs a batch. Where a batch fails, its items are run one by one, so that one of them does not take the others
 * with it.
 */
export async function runBatch(
  pipeline: Pipeline,
  items: readonly unknown[],
  args: readonly unknown[],
): Promise<unknown[]> {
  try {
    return resultsOf(await pipeline(items, ...args), items.length)
  } catch (error) {
    if (items.length === 1) return [error instanceof Error ? error : new Error(String(error))]
    const results: unknown[] = []
    for (const item of items) results.push(...(await runBatch(pipeline, [item], args)))
    return results
  }
}

/** One result for each item: a row of a tensor, an element of a list, or the one result of one item. */
function resultsOf(output: unknown, count: number): unknown[] {
  if (isTensor(output)) return rowsOf(output, count)
  if (Array.isArray(output) && output.length === count) return output.map(plain)
  if (count === 1) return [plain(output)]
  const given = Array.isArray(output) ? `${output.length} results` : `one ${typeof output}`
  throw new TypeError(
    `The pipeline gave ${given} for a batch of ${count}: its task takes no batches, set batch.maxSize to 1`,
  )
}

function rowsOf({ dims, data }: PipelineTensor, count: number): unknown[] {
  const [rows, ...shape] = dims
  if (rows !== count) throw new TypeError(`The pipeline gave ${rows ?? 0} rows for a batch of ${count}`)
  const values = data as TypedArray
  const size = shape.reduce((product, length) => product * length, 1)
  return Array.from({ length: count }, (_, row) => {
    // A copy, because a view would hand every caller the results of the others.
    const own = values.slice(row * size, (row + 1) * size)
    if (shape.length === 0) return own[0]
    return shape.length === 1 ? own : { data: own, shape }
  })
}

/** What can be sent between threads: tensors of the package lose their class on the way, and their numbers. */
function plain(value: unknown): unknown {
  if (isTensor(value)) {
    const data = (value.data as TypedArray).slice()
    return value.dims.length === 1 ? data : { data, shape: [...value.dims] }
  }
  if (Array.isArray(value)) return value.map(plain)
  return value
}

function isTensor(value: unknown): value is PipelineTensor {
  const { dims, data } = (value ?? {}) as Partial<PipelineTensor>
  return Array.isArray(dims) && ArrayBuffer.isView(data)
}
