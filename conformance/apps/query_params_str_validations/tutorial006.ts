import { App } from 'millrace'
import { z } from 'zod'

export const app = new App({ compat: 'fastapi' })

export const readItems = app.get(
  '/items/',
  { query: z.object({ q: z.string().min(3) }) },
  function readItems({ query: { q } }) {
    const results = { items: [{ item_id: 'Foo' }, { item_id: 'Bar' }] }
    return q ? { ...results, q } : results
  },
)
