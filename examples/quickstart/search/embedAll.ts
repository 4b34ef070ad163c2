import type { Embedder } from '../models/embedder.ts'
import type { VectorCache } from './VectorCache.ts'

/** Texts between two words about the progress. */
const batchSize = 16

export interface EmbedAllOptions {
  /** Told how many texts of how many are embedded. */
  readonly onProgress?: ((done: number, all: number) => void) | undefined
  /** Asked first, and given all vectors in the end. */
  readonly cache?: VectorCache | undefined
}

/** Embeds many texts, each different one once. */
export async function embedAll(
  texts: readonly string[],
  embedder: Embedder,
  { onProgress, cache }: EmbedAllOptions = {},
): Promise<Map<string, Float32Array>> {
  const vectors = new Map<string, Float32Array>()
  const missing = [...new Set(texts)].filter((text) => {
    const vector = cache?.get(text)
    if (vector) vectors.set(text, vector)
    return vector === undefined
  })
  // Each text of a batch costs as much as the longest: sorted, it takes two thirds of the time.
  missing.sort((a, b) => a.length - b.length)
  const all = vectors.size + missing.length
  for (let start = 0; start < missing.length; start += batchSize) {
    const batch = missing.slice(start, start + batchSize)
    for (const [index, vector] of (await embedder.runMany(batch)).entries()) vectors.set(batch[index] ?? '', vector)
    onProgress?.(vectors.size, all)
  }
  await cache?.save(vectors)
  return vectors
}
