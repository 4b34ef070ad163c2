import { App } from 'millrace'
import { z } from 'zod'

export const app = new App({ compat: 'fastapi' })

const description = 'This is an amazing item that has a long description'

export const readUserItem = app.get(
  '/users/:user_id/items/:item_id',
  {
    params: z.object({ user_id: z.int(), item_id: z.string() }),
    query: z.object({ q: z.string().nullish(), short: z.boolean().default(false) }),
  },
  function readUserItem({ params: { user_id, item_id }, query: { q, short } }) {
    return { item_id, owner_id: user_id, ...(q ? { q } : {}), ...(short ? {} : { description }) }
  },
)
