import { App } from 'millrace'
import { z } from 'zod'

export const app = new App({ compat: 'fastapi' })

export const readItems = app.get(
  '/items/',
  { headers: z.object({ 'user-agent': z.string().nullable().default(null) }) },
  function readItems({ headers }) {
    return { 'User-Agent': headers['user-agent'] }
  },
)
