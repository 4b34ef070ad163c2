import { App } from 'millrace'
import { z } from 'zod'

export const app = new App({ compat: 'fastapi' })

/** A parameter without a type may be anything, and is the string that it was. */
export const readItem = app.get(
  '/items/:item_id',
  { params: z.object({ item_id: z.unknown() }) },
  function readItem({ params }) {
    return { item_id: params.item_id }
  },
)
