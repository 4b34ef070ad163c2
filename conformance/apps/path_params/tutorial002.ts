import { App } from 'millrace'
import { z } from 'zod'

export const app = new App({ compat: 'fastapi' })

export const readItem = app.get(
  '/items/:item_id',
  { params: z.object({ item_id: z.int() }) },
  function readItem({ params }) {
    return { item_id: params.item_id }
  },
)
