import type { TextModels } from '../models/TextModels.ts'

/** Texts between two words about the progress. */
const batchSize = 16

/** Embeds many texts, each different one once, and tells how far it is. */
export async function embedAll(
  texts: readonly string[],
  models: TextModels,
  onProgress: (done: number, all: number) => void,
): Promise<Map<string, Float32Array>> {
  // Each text of a batch costs as much as the longest: sorted, it takes two thirds of the time.
  const sorted = [...new Set(texts)].sort((a, b) => a.length - b.length)
  const vectors = new Map<string, Float32Array>()
  for (let start = 0; start < sorted.length; start += batchSize) {
    const batch = sorted.slice(start, start + batchSize)
    for (const [index, vector] of (await models.embed(batch)).entries()) vectors.set(batch[index] ?? '', vector)
    onProgress(vectors.size, sorted.length)
  }
  return vectors
}
