import { z } from 'zod'
import { dimensions } from './models/embedder.ts'

export const Text = z
  .string()
  .trim()
  .min(1)
  .max(2000)
  .meta({ description: 'English text, up to 2,000 characters; spaces around it are dropped' })

const Cosine = z.number().min(-1).max(1)
const Probability = z.number().min(0).max(1)
/** ISO 639-3. */
const LanguageCode = z.string().length(3)

export const EmbedRequest = z
  .object({
    input: z.union([Text, z.array(Text).min(1).max(64)]).meta({ description: 'One text, or 1 to 64 of them' }),
  })
  .meta({ id: 'EmbedRequest' })

export const Embeddings = z
  .object({
    model: z.string(),
    dimensions: z.literal(dimensions),
    embeddings: z
      .array(z.array(z.number()).length(dimensions))
      .meta({ description: 'One vector of length 1 for each text, in the order of the texts' }),
  })
  .meta({ id: 'Embeddings' })

export const TextPair = z.object({ first: Text, second: Text }).meta({ id: 'TextPair' })

export const Similarity = z
  .object({
    score: Cosine.meta({ description: 'Cosine of the two embeddings: 1 for the same meaning, about 0 for unrelated' }),
  })
  .meta({ id: 'Similarity' })

export const LanguageRequest = z
  .object({
    text: z.string().min(1).max(2000),
    limit: z.int().min(1).max(50).default(3).meta({ description: 'How many languages to name' }),
  })
  .meta({ id: 'LanguageRequest' })

export const DetectedLanguage = z
  .object({
    language: LanguageCode.meta({ description: 'ISO 639-3' }),
    name: z.string().meta({ description: 'In English' }),
    probability: Probability,
  })
  .meta({ id: 'DetectedLanguage' })

export const Language = z
  .object({
    language: LanguageCode.meta({ description: 'ISO 639-3 of the most probable one; `und` where none is known' }),
    languages: z.array(DetectedLanguage).meta({ description: 'Most probable first' }),
  })
  .meta({ id: 'Language' })

export const SearchRequest = z
  .object({ query: Text, limit: z.int().min(1).max(20).default(5).meta({ description: 'How many passages to find' }) })
  .meta({ id: 'SearchRequest' })

export const FoundPassage = z
  .object({
    page: z.string().meta({ description: 'File in the docs folder' }),
    heading: z.string(),
    passage: z.string(),
    score: Cosine.meta({ description: 'How near: the mean of the cosines with the passage and with its headings' }),
  })
  .meta({ id: 'FoundPassage' })

export const SearchResult = z
  .object({ passages: z.array(FoundPassage).meta({ description: 'Nearest first' }) })
  .meta({ id: 'SearchResult' })

export const Question = z.object({ question: Text, limit: z.int().min(1).max(10).default(4) })

export const AnswerPassage = FoundPassage.extend({
  rank: z.int().min(1).meta({ description: '1 for the best' }),
  sentence: z.string().meta({ description: 'The sentence of the passage that is nearest to the question' }),
  sentenceScore: Cosine,
}).meta({ id: 'AnswerPassage' })

export const AnswerDone = z
  .object({
    passages: z.int().meta({ description: 'Passages that were sent' }),
    sentences: z.int().meta({ description: 'Sentences that were read for them' }),
    tookMs: z.number(),
  })
  .meta({ id: 'AnswerDone' })

/** An RFC 9457 problem, as far as the answers of this API go. */
export const Problem = z
  .object({ type: z.string(), title: z.string(), status: z.int(), detail: z.string(), code: z.string().optional() })
  .meta({ id: 'Problem' })
