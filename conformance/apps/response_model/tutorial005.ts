import { App, fail, json } from 'millrace'
import { z } from 'zod'

export const app = new App({ compat: 'fastapi' })

const Item = z.object({
  name: z.string(),
  description: z.string().nullable().default(null),
  price: z.number(),
  tax: z.number().default(10.5),
})

const items: Readonly<Record<string, z.input<typeof Item>>> = {
  foo: { name: 'Foo', price: 50.2 },
  bar: { name: 'Bar', description: 'The Bar fighters', price: 62, tax: 20.2 },
  baz: { name: 'Baz', description: 'There goes my baz', price: 50.2, tax: 10.5 },
}

const find = (id: string) => items[id] ?? fail(404, 'Item not found')

export const readItemName = app.get(
  '/items/:item_id/name',
  { response: json(Item, { include: ['name', 'description'] }) },
  function readItemName({ params }) {
    return find(params.item_id)
  },
)

export const readItemPublicData = app.get(
  '/items/:item_id/public',
  { response: json(Item, { exclude: ['tax'] }) },
  function readItemPublicData({ params }) {
    return find(params.item_id)
  },
)
