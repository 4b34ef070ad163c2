import type { DetectedLanguage } from './protocol.ts'

/** A caller may leave before the answer is there. */
export interface CallOptions {
  readonly signal?: AbortSignal
}

/** A vector for each text, in their order. */
export type VectorsOf<T extends readonly string[]> = { readonly [Index in keyof T]: Float32Array }

/** What the operations ask of the models; a test may put its own in their place. */
export interface TextModels {
  /** The sentence embedding of each text: a vector of length 1. @throws {ModelError} */
  embed<const T extends readonly string[]>(texts: T, options?: CallOptions): Promise<VectorsOf<T>>
  /** The languages that a text may be in, most probable first; none where nothing is known. @throws {ModelError} */
  detectLanguage(text: string, options?: CallOptions): Promise<readonly DetectedLanguage[]>
}
