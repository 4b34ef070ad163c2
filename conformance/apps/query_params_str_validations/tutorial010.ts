import { App } from 'millrace'
import { z } from 'zod'

export const app = new App({ compat: 'fastapi' })

const itemQuery = z
  .string()
  .min(3)
  .max(50)
  .regex(/^fixedquery$/)
  .nullish()
  .meta({
    title: 'Query string',
    description: 'Query string for the items to search in the database that have a good match',
    deprecated: true,
  })

export const readItems = app.get(
  '/items/',
  { query: z.object({ 'item-query': itemQuery }) },
  function readItems({ query: { 'item-query': q } }) {
    const results = { items: [{ item_id: 'Foo' }, { item_id: 'Bar' }] }
    return q ? { ...results, q } : results
  },
)
