import { z } from 'zod'

/** How many operations the server has. */
export const count = Number(process.env['BENCH_ROUTES'] ?? 1)

/** One operation: POST `/operation7/:id`, with schemas of its own. */
export interface Declared {
  readonly path: string
  readonly body: z.ZodType<Body>
  readonly answer: z.ZodType<AnswerOf>
}

export interface Body {
  readonly text: string
  readonly times: number
  readonly tags: readonly string[]
}
export interface AnswerOf {
  readonly id: string
  readonly score: number
}

/** The operations, declared with zod. */
export const declared: readonly Declared[] = Array.from({ length: count }, (_, index) => ({
  path: `/operation${index}/:id`,
  body: z.object({
    text: z.string().min(1).max(2000),
    times: z
      .int()
      .min(0)
      .max(index + 10),
    tags: z.array(z.string().max(32)).max(16),
  }),
  answer: z.object({ id: z.string(), score: z.number() }),
}))

/** What each of them does. */
export function handle(id: string, { times }: Body): AnswerOf {
  return { id, score: times / 2 }
}
