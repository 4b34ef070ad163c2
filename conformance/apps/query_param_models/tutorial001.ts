import { App } from 'millrace'
import { parameterModel } from 'millrace/compat'
import { z } from 'zod'

export const app = new App({ compat: 'fastapi' })

const FilterParams = z.object({
  limit: z.int().gt(0).max(100).default(100),
  offset: z.int().min(0).default(0),
  order_by: z.literal(['created_at', 'updated_at']).default('created_at'),
  tags: z.array(z.string()).default([]),
})

export const readItems = app.get('/items/', { query: parameterModel(FilterParams) }, function readItems({ query }) {
  return query
})
