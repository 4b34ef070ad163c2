import { App, dependency, fail } from 'millrace'
import { z } from 'zod'

export const app = new App({ compat: 'fastapi' })

const Item = z.object({
  id: z.string(),
  title: z.string(),
  description: z.string().nullable().default(null),
})

const items = new Map<string, z.infer<typeof Item>>([
  ['foo', { id: 'foo', title: 'Foo', description: 'There goes my hero' }],
  ['bar', { id: 'bar', title: 'Bar', description: 'The bartenders' }],
])

const token = dependency({ headers: z.object({ 'x-token': z.string() }) }, ({ headers }) => {
  if (headers['x-token'] !== 'coneofsilence') fail(400, 'Invalid X-Token header')
})

export const readMain = app.get('/items/:item_id', { response: Item, deps: { token } }, function readMain({ params }) {
  return items.get(params.item_id) ?? fail(404, 'Item not found')
})

export const createItem = app.post(
  '/items/',
  { body: Item, response: Item, deps: { token } },
  function createItem({ body: item }) {
    if (items.has(item.id)) fail(409, 'Item already exists')
    items.set(item.id, item)
    return item
  },
)
