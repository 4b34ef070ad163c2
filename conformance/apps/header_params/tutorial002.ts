import { App } from 'millrace'
import { z } from 'zod'

export const app = new App({ compat: 'fastapi' })

export const readItems = app.get(
  '/items/',
  { headers: z.object({ strange_header: z.string().nullable().default(null) }) },
  function readItems({ headers }) {
    return { strange_header: headers.strange_header }
  },
)
