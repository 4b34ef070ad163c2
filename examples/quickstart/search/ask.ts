import type { Embedder } from '../models/embedder.ts'
import type { DocsIndex, ScoredPassage } from './DocsIndex.ts'
import { splitSentences } from './passages.ts'
import { dot } from './vectors.ts'

/** A passage, read closely: which of its sentences is nearest to the question. */
export interface Answer extends ScoredPassage {
  /** 1 for the best. */
  readonly rank: number
  readonly sentence: string
  readonly sentenceScore: number
}

/**
 * Finds the passages nearest to a question, then reads one after another sentence by sentence. Each is
 * yielded as soon as it has been read, best passage first.
 */
export async function* answers(
  question: string,
  { docs, embedder, limit }: { docs: DocsIndex; embedder: Embedder; limit: number },
): AsyncGenerator<Answer & { readonly sentences: number }, void, undefined> {
  const vector = await embedder.run(question)
  for (const [index, passage] of docs.nearest(vector, limit).entries()) {
    const sentences = splitSentences(passage.text)
    const vectors = await embedder.runMany(sentences)
    const scored = vectors.map((other, at) => ({ sentence: sentences[at] ?? '', sentenceScore: dot(vector, other) }))
    const best = scored.reduce((a, b) => (b.sentenceScore > a.sentenceScore ? b : a))
    yield { ...passage, ...best, rank: index + 1, sentences: sentences.length }
  }
}
