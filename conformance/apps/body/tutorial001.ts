import { App } from 'millrace'
import { z } from 'zod'

export const app = new App({ compat: 'fastapi' })

const Item = z.object({
  name: z.string(),
  description: z.string().nullable().default(null),
  price: z.number(),
  tax: z.number().nullable().default(null),
})

export const createItem = app.post('/items/', { body: Item }, function createItem({ body: item }) {
  return item
})
