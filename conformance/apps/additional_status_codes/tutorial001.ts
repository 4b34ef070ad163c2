import { App, reply } from 'millrace'
import { embed } from 'millrace/compat'
import { z } from 'zod'

export const app = new App({ compat: 'fastapi' })

const items = new Map<string, { name: string | null; size: number | null }>([
  ['foo', { name: 'Fighters', size: 6 }],
  ['bar', { name: 'Tenders', size: 3 }],
])

export const upsertItem = app.put(
  '/items/:item_id',
  {
    body: embed(
      z.object({
        name: z.string().nullable().default(null),
        size: z.int().nullable().default(null),
      }),
    ),
  },
  function upsertItem({ params, body: item }) {
    const isNew = !items.has(params.item_id)
    items.set(params.item_id, item)
    return isNew ? reply(201, item) : item
  },
)
