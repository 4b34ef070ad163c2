import { App } from 'millrace'
import { z } from 'zod'

export const app = new App({ compat: 'fastapi' })

const description = 'This is an amazing item that has a long description'

export const readItem = app.get(
  '/items/:item_id',
  {
    query: z.object({ q: z.string().nullish(), short: z.boolean().default(false) }),
  },
  function readItem({ params: { item_id }, query: { q, short } }) {
    return { item_id, ...(q ? { q } : {}), ...(short ? {} : { description }) }
  },
)
