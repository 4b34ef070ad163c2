import { z } from 'zod'

/** Numbers of a vector. */
export const dimensions = 384

// What comes after 512 tokens, some 2,000 characters of English, the model does not see.
export const Text = z.string().trim().min(1).max(8_000)

export const EmbeddingsRequest = z
  .object({
    input: z.union([Text, z.array(Text).min(1).max(128)]).describe('One text, or up to 128 of them'),
    model: z.string().optional().describe('Not looked at: there is one'),
    encoding_format: z
      .enum(['float', 'base64'])
      .default('float')
      .describe('A list of numbers; or the bytes of 32-bit floats, little-endian, which are a third as long'),
  })
  .meta({ id: 'EmbeddingsRequest' })

export const Embeddings = z
  .object({
    object: z.literal('list'),
    model: z.string(),
    data: z.array(
      z.object({
        object: z.literal('embedding'),
        index: z.int(),
        embedding: z.union([z.array(z.number()).length(dimensions), z.base64()]).describe('Of the length 1'),
      }),
    ),
  })
  .meta({ id: 'Embeddings' })

export const RankRequest = z.object({ query: Text, texts: z.array(Text).min(1).max(100) }).meta({ id: 'RankRequest' })

export const Ranking = z
  .object({
    ranking: z
      .array(
        z.object({
          index: z.int().describe('Which of `texts`'),
          text: z.string(),
          similarity: z.number().describe('Cosine of the two vectors: 1 for the same, about 0 for unrelated texts'),
        }),
      )
      .describe('The nearest in meaning first'),
  })
  .meta({ id: 'Ranking' })
