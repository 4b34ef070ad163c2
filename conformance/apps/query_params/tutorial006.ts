import { App } from 'millrace'
import { z } from 'zod'

export const app = new App({ compat: 'fastapi' })

export const readUserItem = app.get(
  '/items/:item_id',
  {
    query: z.object({ needy: z.string(), skip: z.int().default(0), limit: z.int().nullable().default(null) }),
  },
  function readUserItem({ params, query: { needy, skip, limit } }) {
    return { item_id: params.item_id, needy, skip, limit }
  },
)
