import { App, reply } from 'millrace'
import { z } from 'zod'

export const app = new App({ compat: 'fastapi' })

const Item = z.object({ id: z.string(), value: z.string() })
const Message = z.object({ message: z.string() })

export const readItem = app.get(
  '/items/:item_id',
  {
    response: Item,
    responses: {
      404: { body: Message, description: 'The item was not found' },
      200: {
        description: 'Item requested by ID',
        content: { 'application/json': { example: { id: 'bar', value: 'The bar tenders' } } },
      },
    },
  },
  function readItem({ params }) {
    if (params.item_id === 'foo') return { id: 'foo', value: 'there goes my hero' }
    return reply(404, { message: 'Item not found' })
  },
)
