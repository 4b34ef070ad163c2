import { App, fail } from 'millrace'

export const app = new App({ compat: 'fastapi' })

const items = new Map([['foo', 'The Foo Wrestlers']])

export const readItem = app.get('/items/:item_id', function readItem({ params }) {
  return { item: items.get(params.item_id) ?? fail(404, 'Item not found') }
})
