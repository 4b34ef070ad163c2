import { App } from 'millrace'
import { z } from 'zod'

export const app = new App({ compat: 'fastapi' })

const Image = z.object({ url: z.string(), name: z.string() })

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
  image: Image.nullable().default(null),
})

export const updateItem = app.put(
  '/items/:item_id',
  { params: z.object({ item_id: z.int() }), body: Item },
  function updateItem({ params, body: item }) {
    return { item_id: params.item_id, item }
  },
)
