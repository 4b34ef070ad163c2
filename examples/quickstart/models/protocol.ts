/** What the main thread asks the worker for. `id` pairs a request with its answer. */
export type ModelRequest =
  | { readonly id: number; readonly kind: 'embed'; readonly texts: readonly string[] }
  | { readonly id: number; readonly kind: 'detectLanguage'; readonly text: string }
  /** The caller has left: what has not been computed yet need not be. */
  | { readonly id: number; readonly kind: 'cancel' }

/** What the worker says. */
export type ModelMessage =
  | { readonly kind: 'ready' }
  /** Vectors one after another, {@link dimensions} numbers each; the buffer is transferred. */
  | { readonly kind: 'embedded'; readonly id: number; readonly vectors: Float32Array<ArrayBuffer> }
  | { readonly kind: 'detected'; readonly id: number; readonly languages: readonly DetectedLanguage[] }
  | { readonly kind: 'failed'; readonly id: number; readonly message: string }

/** A language by its ISO 639-3 code, and how probable it is, 0 to 1. */
export interface DetectedLanguage {
  readonly language: string
  readonly probability: number
}

/** Of a sentence embedding. */
export const dimensions = 512
