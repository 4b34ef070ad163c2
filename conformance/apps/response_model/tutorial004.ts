import { App, fail, json } from 'millrace'
import { z } from 'zod'

export const app = new App({ compat: 'fastapi' })

const Item = z.object({
  name: z.string(),
  description: z.string().nullable().default(null),
  price: z.number(),
  tax: z.number().default(10.5),
  tags: z.array(z.string()).default([]),
})

const items: Readonly<Record<string, z.input<typeof Item>>> = {
  foo: { name: 'Foo', price: 50.2 },
  bar: { name: 'Bar', description: 'The bartenders', price: 62, tax: 20.2 },
  baz: { name: 'Baz', description: null, price: 50.2, tax: 10.5, tags: [] },
}

export const readItem = app.get(
  '/items/:item_id',
  { response: json(Item, { omit: 'unset' }) },
  function readItem({ params }) {
    return items[params.item_id] ?? fail(404, 'Item not found')
  },
)
