import { App } from 'millrace'
import { z } from 'zod'

export const app = new App({ compat: 'fastapi' })

/** What `set[str]` is in Python: a list that holds nothing twice. */
const tags = z
  .array(z.string())
  .overwrite((tags) => [...new Set(tags)])
  .meta({ uniqueItems: true })

const Item = z.object({
  name: z.string(),
  description: z.string().nullable().default(null),
  price: z.number(),
  tax: z.number().nullable().default(null),
  tags: tags.default([]),
})

const description = `Create an item with all the information:

- **name**: each item must have a name
- **description**: a long description
- **price**: required
- **tax**: if the item doesn't have tax, you can omit this
- **tags**: a set of unique tag strings for this item`

export const createItem = app.post(
  '/items/',
  { summary: 'Create an item', description, body: Item, response: Item },
  function createItem({ body: item }) {
    return item
  },
)
