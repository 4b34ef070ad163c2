import { App } from 'millrace'
import { z } from 'zod'

export const app = new App({ compat: 'fastapi' })

const q = z.string().min(3).nullish().meta({
  title: 'Query string',
  description: 'Query string for the items to search in the database that have a good match',
})

export const readItems = app.get('/items/', { query: z.object({ q }) }, function readItems({ query }) {
  const results = { items: [{ item_id: 'Foo' }, { item_id: 'Bar' }] }
  return query.q ? { ...results, q: query.q } : results
})
