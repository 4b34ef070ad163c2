import { App } from 'millrace'
import { z } from 'zod'

export const app = new App({ compat: 'fastapi' })

const Item = z.object({
  name: z.string(),
  description: z.string().nullable().default(null),
  price: z.number(),
  tax: z.number().nullable().default(null),
})

export const updateItem = app.put(
  '/items/:item_id',
  {
    params: z.object({ item_id: z.int().min(0).max(1000).meta({ title: 'The ID of the item to get' }) }),
    query: z.object({ q: z.string().nullish() }),
    body: Item.nullable().default(null),
  },
  function updateItem({ params, query, body: item }) {
    return { item_id: params.item_id, ...(query.q ? { q: query.q } : {}), ...(item ? { item } : {}) }
  },
)
