import { App } from 'millrace'
import { embed } from 'millrace/compat'
import { z } from 'zod'

export const app = new App({ compat: 'fastapi' })

const Item = z.object({
  name: z.string(),
  description: z.string().nullable().default(null),
  price: z.number(),
  tax: z.number().nullable().default(null),
})

const User = z.object({ username: z.string(), full_name: z.string().nullable().default(null) })

export const updateItem = app.put(
  '/items/:item_id',
  {
    params: z.object({ item_id: z.int() }),
    query: z.object({ q: z.string().nullish() }),
    body: embed(z.object({ item: Item, user: User, importance: z.int().gt(0) })),
  },
  function updateItem({ params, query, body: { item, user, importance } }) {
    const results = { item_id: params.item_id, item, user, importance }
    return query.q ? { ...results, q: query.q } : results
  },
)
