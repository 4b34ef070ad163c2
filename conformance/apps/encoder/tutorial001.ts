import { App } from 'millrace'
import { z } from 'zod'

export const app = new App({ compat: 'fastapi' })

const Item = z.object({
  title: z.string(),
  timestamp: z.iso.datetime({ local: true, offset: true }),
  description: z.string().nullable().default(null),
})

const database = new Map<string, unknown>()

export const updateItem = app.put('/items/:id', { body: Item }, function updateItem({ params, body: item }) {
  database.set(params.id, item)
})
