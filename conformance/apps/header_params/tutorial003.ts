import { App } from 'millrace'
import { z } from 'zod'

export const app = new App({ compat: 'fastapi' })

export const readItems = app.get(
  '/items/',
  { headers: z.object({ 'x-token': z.array(z.string()).nullable().default(null) }) },
  function readItems({ headers }) {
    return { 'X-Token values': headers['x-token'] }
  },
)
