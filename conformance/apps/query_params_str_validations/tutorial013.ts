import { App } from 'millrace'
import { z } from 'zod'

export const app = new App({ compat: 'fastapi' })

export const readItems = app.get(
  '/items/',
  { query: z.object({ q: z.array(z.unknown()).default([]) }) },
  function readItems({ query }) {
    return { q: query.q }
  },
)
