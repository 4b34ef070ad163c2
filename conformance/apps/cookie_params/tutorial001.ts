import { App } from 'millrace'
import { z } from 'zod'

export const app = new App({ compat: 'fastapi' })

export const readItems = app.get(
  '/items/',
  { cookies: z.object({ ads_id: z.string().nullable().default(null) }) },
  function readItems({ cookies }) {
    return { ads_id: cookies.ads_id }
  },
)
