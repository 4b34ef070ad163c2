import { App } from 'millrace'
import { z } from 'zod'

export const app = new App({ compat: 'fastapi' })

export const createItem = app.post(
  '/items/',
  { query: z.object({ name: z.string() }), status: 201 },
  function createItem({ query }) {
    return { name: query.name }
  },
)
