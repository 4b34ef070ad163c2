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
    body: embed(z.object({ item: Item, user: User, importance: z.int() })),
  },
  function updateItem({ params, body: { item, user, importance } }) {
    return { item_id: params.item_id, item, user, importance }
  },
)
