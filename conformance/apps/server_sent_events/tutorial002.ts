import { App, event, sse } from 'millrace'

export const app = new App({ compat: 'fastapi' })

const items = [
  { name: 'Plumbus', price: 32.99 },
  { name: 'Portal Gun', price: 999.99 },
  { name: 'Meeseeks Box', price: 49.99 },
]

export const streamItems = app.get('/items/stream', { response: sse() }, async function* streamItems() {
  yield event({ comment: 'stream of item updates' })
  for (const [index, item] of items.entries())
    yield event({ data: item, event: 'item_update', id: String(index + 1), retryMs: 5000 })
})
