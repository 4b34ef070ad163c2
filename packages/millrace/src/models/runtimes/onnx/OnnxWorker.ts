import type { Results } from '../../runtime.ts'
import { Tensor, type TypedArray } from '../../Tensor.ts'
import { ThreadWorker } from '../threadWorker.ts'

/** A worker thread with ONNX Runtime in it, whose results have tensors, which lose their class on the way between threads. */
export class OnnxWorker extends ThreadWorker {
  override async run<I, O>(items: readonly I[], signal: AbortSignal): Promise<Results<O>> {
    const results = await super.run<I, unknown>(items, signal)
    return results.map((result) => (result instanceof Error ? result : (withTensors(result) as O)))
  }

  /** ONNX Runtime ends the process when its thread is terminated in the middle of a run. */
  override terminate(): void {
    this.abandon()
  }
}

function withTensors(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value) || Array.isArray(value)) return value
  const { data, shape } = value as { data?: TypedArray; shape?: readonly number[] }
  if (Array.isArray(shape)) return new Tensor(data as TypedArray, shape)
  return Object.fromEntries(Object.entries(value).map(([name, output]) => [name, withTensors(output)]))
}
