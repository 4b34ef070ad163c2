import { App } from 'millrace'
import { z } from 'zod'

export const app = new App({ compat: 'fastapi' })

const items = [{ item_name: 'Foo' }, { item_name: 'Bar' }, { item_name: 'Baz' }]

export const readItem = app.get(
  '/items/',
  { query: z.object({ skip: z.int().default(0), limit: z.int().default(10) }) },
  function readItem({ query: { skip, limit } }) {
    return items.slice(skip, skip + limit)
  },
)
