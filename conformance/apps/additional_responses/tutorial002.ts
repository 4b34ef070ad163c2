import { App, sendFile } from 'millrace'
import { z } from 'zod'

export const app = new App({ compat: 'fastapi' })

const Item = z.object({ id: z.string(), value: z.string() })

export const readItem = app.get(
  '/items/:item_id',
  {
    query: z.object({ img: z.boolean().nullish() }),
    response: Item,
    responses: {
      200: { content: { 'image/png': {} }, description: 'Return the JSON item or an image.' },
    },
  },
  function readItem({ query }) {
    if (query.img) return sendFile('image.png', { mediaType: 'image/png' })
    return { id: 'foo', value: 'there goes my hero' }
  },
)
