/**
 * The part of `@huggingface/transformers` that is used. The package is an optional peer: where it is not
 * installed, its own types are not there either.
 */
export interface TransformersPackage {
  readonly env: { localModelPath: string; allowRemoteModels: boolean; cacheDir: string | null; remoteHost: string }
  pipeline(task: string, model: string, options: Readonly<Record<string, unknown>>): Promise<Pipeline>
}

/** A model with all that comes before and after it. */
export interface Pipeline {
  (items: readonly unknown[], ...args: readonly unknown[]): Promise<unknown>
  dispose(): Promise<unknown>
}

/** What a pipeline that gives numbers gives. */
export interface PipelineTensor {
  readonly dims: readonly number[]
  readonly data: unknown
}
