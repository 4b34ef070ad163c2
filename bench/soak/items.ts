import { z } from 'zod'

/** What the models of the soak get. */
export const itemOf = z.object({
  token: z.string().max(20_000),
  act: z.enum(['none', 'fail', 'throw', 'die', 'doom']),
  ms: z.number().min(0).max(50),
  pieces: z.int().min(0).max(100),
})

/** See {@link itemOf}. */
export type Item = z.infer<typeof itemOf>

/** Copies of each model. */
export const lanes = 2

/** The model that keeps results, and is swapped while it runs. */
export const cachedModel = 'cached'

/** An item that costs more is refused. */
export const maxCost = 1_000
