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
  return { message: 'Hello Items!', params: commons }
})

export const readUsers = app.get('/users/', { deps: { commons: commonParameters } }, function readUsers({ commons }) {
  return { message: 'Hello Users!', params: commons }
})

const overrideDependency = dependency({ query: z.object({ q: z.string().nullable().default(null) }) }, ({ query }) => ({
  q: query.q,
  skip: 5,
  limit: 10,
}))

/** The app as tests see it. */
export const testApp = app.with({ overrides: [[commonParameters, overrideDependency]] })
