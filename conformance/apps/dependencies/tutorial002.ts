import { App, dependency } from 'millrace'
import { z } from 'zod'

export const app = new App({ compat: 'fastapi' })

const items = [{ item_name: 'Foo' }, { item_name: 'Bar' }, { item_name: 'Baz' }]

/** What a class is as a dependency in Python: an object made of the inputs. */
const commonParameters = dependency(
  {
    query: z.object({
      q: z.string().nullable().default(null),
      skip: z.int().default(0),
      limit: z.int().default(100),
    }),
  },
  ({ query }) => query,
)

export const readItems = app.get(
  '/items/',
  { deps: { commons: commonParameters } },
  function readItems({ commons: { q, skip, limit } }) {
    const page = { items: items.slice(skip, skip + limit) }
    return q ? { q, ...page } : page
  },
)
