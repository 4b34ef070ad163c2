import { App, sse } from 'millrace'
import { z } from 'zod'

export const app = new App({ compat: 'fastapi' })

const Item = z.object({ name: z.string(), description: z.string().nullable() })

const items = [
  { name: 'Plumbus', description: 'A multi-purpose household device.' },
  { name: 'Portal Gun', description: 'A portal opening device.' },
  { name: 'Meeseeks Box', description: 'A box that summons a Meeseeks.' },
]

export const sseItems = app.get('/items/stream', { response: sse(Item) }, async function* sseItems() {
  for (const item of items) yield item
})

export const sseItemsNoAsync = app.get('/items/stream-no-async', { response: sse(Item) }, function* sseItemsNoAsync() {
  yield* items
})

export const sseItemsNoAnnotation = app.get(
  '/items/stream-no-annotation',
  { response: sse() },
  async function* sseItemsNoAnnotation() {
    for (const item of items) yield item
  },
)

export const sseItemsNoAsyncNoAnnotation = app.get(
  '/items/stream-no-async-no-annotation',
  { response: sse() },
  function* sseItemsNoAsyncNoAnnotation() {
    yield* items
  },
)
