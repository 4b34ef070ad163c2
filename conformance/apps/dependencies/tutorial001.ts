import { App, dependency } from 'millrace'
import { z } from 'zod'

export const app = new App({ compat: 'fastapi' })

const commonParameters = dependency(
  {
    query: z.object({
      q: z.string().nullable().default(null),
      skip: z.int().default(0),
      limit: z.int().default(100),
    }),
  },
  ({ query }) => query,
)

export const readItems = app.get('/items/', { deps: { commons: commonParameters } }, function readItems({ commons }) {
  return commons
})

export const readUsers = app.get('/users/', { deps: { commons: commonParameters } }, function readUsers({ commons }) {
  return commons
})
