import { App, reply } from 'millrace'
import { RequestValidationError } from 'millrace/compat'
import { z } from 'zod'

export const app = new App({ compat: 'fastapi' })

app.onError(RequestValidationError, ({ errors, body }) => reply(422, { detail: errors, body }))

const Item = z.object({ title: z.string(), size: z.int() })

export const createItem = app.post('/items/', { body: Item }, function createItem({ body: item }) {
  return item
})
