import { App, event, sse } from 'millrace'
import { z } from 'zod'

export const app = new App({ compat: 'fastapi' })

const items = [
  { name: 'Plumbus', price: 32.99 },
  { name: 'Portal Gun', price: 999.99 },
  { name: 'Meeseeks Box', price: 49.99 },
]

export const streamItems = app.get(
  '/items/stream',
  { headers: z.object({ 'last-event-id': z.int().nullish() }), response: sse() },
  async function* streamItems({ headers }) {
    const start = (headers['last-event-id'] ?? -1) + 1
    for (const [index, item] of items.entries()) if (index >= start) yield event({ data: item, id: String(index) })
  },
)
