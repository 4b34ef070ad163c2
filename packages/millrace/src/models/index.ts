export type { BatchOptions } from './batchPolicy.ts'
export { defineModel, type LoadOptions, type ModelDefinition, type StreamOptions } from './defineModel.ts'
export {
  CallerLimitError,
  DeadlineError,
  ItemTooLargeError,
  ModelError,
  ModelUnavailableError,
  QueueFullError,
  StreamStalledError,
  TooManyItemsError,
  WorkerLostError,
} from './errors.ts'
export type { ModelHandle } from './handle.ts'
export { listModels } from './listModels.ts'
export type { DurationSummary, ModelMetrics } from './metrics.ts'
export { Model, model } from './model.ts'
export type { ModelOptions } from './modelOptions.ts'
export type { QueueOptions, RunOptions, Timing } from './options.ts'
export { prometheus } from './prometheus.ts'
export type { AnyRuntimeFactory, Results, Runtime, RuntimeEvents, RuntimeFactory, RuntimeHost } from './runtime.ts'
export { type InlineDefinition, inline } from './runtimes/inline.ts'
export type { LlamaGeneration, LlamaItem, LlamaMessage } from './runtimes/llama/items.ts'
export { type LlamaOptions, llama } from './runtimes/llama/llama.ts'
export type { LlamaGpu } from './runtimes/llama/package.ts'
export { type OnnxOptions, type OnnxSettings, onnx } from './runtimes/onnx/onnx.ts'
export type { OnnxSessionOptions } from './runtimes/onnx/package.ts'
export { type PythonOptions, python } from './runtimes/python.ts'
export { type RemoteOptions, type RemoteProtocol, remote } from './runtimes/remote/remote.ts'
export { type TransformersOptions, transformers } from './runtimes/transformers/transformers.ts'
export { type WorkersOptions, workers } from './runtimes/workers.ts'
export type { ModelState, ModelStatus } from './status.ts'
export { type ElementType, Tensor, type TypedArray } from './Tensor.ts'
