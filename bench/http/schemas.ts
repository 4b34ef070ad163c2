import { z } from 'zod'

/** The schemas of the servers that check with zod. Numbers of path and query arrive as numbers: see `coerced`. */
export const statusAnswer = z.object({ status: z.literal('ok') })

export const token = z.object({ index: z.int(), token: z.string() })

export const predictBody = z.object({
  text: z.string().min(1).max(2000),
  limit: z.int().min(1).max(100).default(10),
  options: z.object({ model: z.string().min(1).max(64), normalize: z.boolean() }),
  tags: z.array(z.string().min(1).max(32)).max(16),
})
export const predictAnswer = z.object({
  scores: z.array(z.number()).length(32),
  embedding: z.array(z.number()).length(32),
})

export const itemParams = z.object({ id: z.int().min(1) })
export const itemQuery = z.object({ limit: z.int().min(1).max(100), tag: z.string().min(1).max(32) })
export const itemAnswer = z.object({ id: z.int(), limit: z.int(), tag: z.string() })

/** The same for servers that leave it to the schema to read numbers out of strings. */
export const coerced = {
  itemParams: z.object({ id: z.coerce.number().int().min(1) }),
  itemQuery: z.object({ limit: z.coerce.number().int().min(1).max(100), tag: z.string().min(1).max(32) }),
}
