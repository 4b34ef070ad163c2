import { App } from 'millrace'
import { z } from 'zod'

export const app = new App({ compat: 'fastapi', strictContentType: false })

const Item = z.object({ name: z.string(), price: z.number() })

export const createItem = app.post('/items/', { body: Item }, function createItem({ body: item }) {
  return item
})
