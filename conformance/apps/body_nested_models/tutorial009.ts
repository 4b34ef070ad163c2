import { App } from 'millrace'
import { z } from 'zod'

export const app = new App({ compat: 'fastapi' })

export const createIndexWeights = app.post(
  '/index-weights/',
  { body: z.record(z.coerce.number().int(), z.number()) },
  function createIndexWeights({ body: weights }) {
    return weights
  },
)
