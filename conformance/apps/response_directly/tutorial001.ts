import { App } from 'millrace'
import { z } from 'zod'

export const app = new App({ compat: 'fastapi' })

const Item = z.object({
  title: z.string(),
  timestamp: z.iso.datetime({ local: true, offset: true }),
  description: z.string().nullable().default(null),
})

export const updateItem = app.put('/items/:id', { body: Item }, function updateItem({ body: item }) {
  return Response.json(item)
})
