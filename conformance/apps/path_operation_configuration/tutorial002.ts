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

export const createItem = app.post(
  '/items/',
  { body: Item, response: Item, tags: ['items'] },
  function createItem({ body: item }) {
    return item
  },
)

export const readItems = app.get('/items/', { tags: ['items'] }, function readItems() {
  return [{ name: 'Foo', price: 42 }]
})

export const readUsers = app.get('/users/', { tags: ['users'] }, function readUsers() {
  return [{ username: 'johndoe' }]
})
