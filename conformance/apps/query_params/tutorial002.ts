import { App } from 'millrace'
import { z } from 'zod'

export const app = new App({ compat: 'fastapi' })

export const readItem = app.get(
  '/items/:item_id',
  {
    query: z.object({ q: z.string().nullish() }),
  },
  function readItem({ params: { item_id }, query: { q } }) {
    return q ? { item_id, q } : { item_id }
  },
)
