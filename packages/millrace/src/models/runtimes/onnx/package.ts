/**
 * The part of `onnxruntime-node` that is used. The package is an optional peer: where it is not installed, its
 * own types are not there either.
 */
export interface OnnxPackage {
  readonly InferenceSession: {
    create(model: string | Uint8Array, options: OnnxSessionOptions): Promise<OnnxSession>
  }
  readonly Tensor: new (type: string, data: unknown, dims: readonly number[]) => OnnxTensor
}

/** A loaded model. */
export interface OnnxSession {
  readonly inputMetadata: readonly OnnxValue[]
  readonly outputMetadata: readonly OnnxValue[]
  run(feeds: Readonly<Record<string, OnnxTensor>>, fetches: readonly string[]): Promise<Record<string, OnnxTensor>>
  release(): Promise<void>
}

/** An input or an output of a model. A dimension is a number, or the name of one that is free. */
export type OnnxValue =
  | { readonly name: string; readonly isTensor: false }
  | {
      readonly name: string
      readonly isTensor: true
      readonly type: string
      readonly shape: readonly (number | string)[]
    }

/** A tensor as the package has it. */
export interface OnnxTensor {
  /** Of its elements, by their ONNX name. */
  readonly type: string
  readonly dims: readonly number[]
  readonly data: unknown
}

/** Settings of ONNX Runtime; see `InferenceSession.SessionOptions` of the package for all of them. */
export interface OnnxSessionOptions {
  /** What computes, in order of preference, such as `['cuda', 'cpu']`. Default: the CPU. */
  readonly executionProviders?: readonly (string | { readonly name: string; readonly [option: string]: unknown })[]
  /** Default `all`. */
  readonly graphOptimizationLevel?: 'disabled' | 'basic' | 'extended' | 'layout' | 'all'
  /** Default: `threads` of `onnx()`. */
  readonly intraOpNumThreads?: number
  /** Default 1. */
  readonly interOpNumThreads?: number
  /** What ONNX Runtime itself writes to standard error, from 0 (all) to 4. Default 4: what fails is thrown anyway. */
  readonly logSeverityLevel?: 0 | 1 | 2 | 3 | 4
  readonly [option: string]: unknown
}
