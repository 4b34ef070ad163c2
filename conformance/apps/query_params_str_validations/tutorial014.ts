import { App } from 'millrace'
import { z } from 'zod'

export const app = new App({ compat: 'fastapi' })

export const readItems = app.get(
  '/items/',
  { query: z.object({ hidden_query: z.string().nullish().meta({ hidden: true }) }) },
  function readItems({ query }) {
    return { hidden_query: query.hidden_query || 'Not found' }
  },
)
