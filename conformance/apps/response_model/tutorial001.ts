import { App } from 'millrace'
import { z } from 'zod'

export const app = new App({ compat: 'fastapi' })

const Item = z.object({
  name: z.string(),
  description: z.string().nullable().default(null),
  price: z.number(),
  tax: z.number().nullable().default(null),
  tags: z.array(z.string()).default([]),
})

export const createItem = app.post('/items/', { body: Item, response: Item }, function createItem({ body: item }) {
  return item
})

export const readItems = app.get('/items/', { response: z.array(Item) }, function readItems() {
  return [
    { name: 'Portal Gun', price: 42 },
    { name: 'Plumbus', price: 32 },
  ]
})
