import { App, fail } from 'millrace'

export const app = new App({ compat: 'fastapi' })

const items = new Map([['foo', 'The Foo Wrestlers']])

export const readItemHeader = app.get('/items-header/:item_id', function readItemHeader({ params }) {
  const item =
    items.get(params.item_id) ?? fail(404, 'Item not found', { headers: { 'x-error': 'There goes my error' } })
  return { item }
})
