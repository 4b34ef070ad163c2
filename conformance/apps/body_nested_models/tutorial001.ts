import { App } from 'millrace'
import { z } from 'zod'

export const app = new App({ compat: 'fastapi' })

const Item = z.object({
  name: z.string(),
  description: z.string().nullable().default(null),
  price: z.number(),
  tax: z.number().nullable().default(null),
  tags: z.array(z.unknown()).default([]),
})

export const updateItem = app.put(
  '/items/:item_id',
  { params: z.object({ item_id: z.int() }), body: Item },
  function updateItem({ params, body: item }) {
    return { item_id: params.item_id, item }
  },
)
