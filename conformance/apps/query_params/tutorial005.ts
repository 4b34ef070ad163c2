import { App } from 'millrace'
import { z } from 'zod'

export const app = new App({ compat: 'fastapi' })

export const readUserItem = app.get(
  '/items/:item_id',
  {
    query: z.object({ needy: z.string() }),
  },
  function readUserItem({ params, query }) {
    return { item_id: params.item_id, needy: query.needy }
  },
)
