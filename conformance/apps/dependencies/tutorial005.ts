import { App, dependency } from 'millrace'
import { z } from 'zod'

export const app = new App({ compat: 'fastapi' })

const queryExtractor = dependency({ query: z.object({ q: z.string().nullish() }) }, ({ query }) => query.q)

const queryOrCookie = dependency(
  {
    deps: { q: queryExtractor },
    cookies: z.object({ last_query: z.string().nullable().default(null) }),
  },
  ({ q, cookies }) => q || cookies.last_query,
)

export const readQuery = app.get('/items/', { deps: { queryOrCookie } }, function readQuery({ queryOrCookie }) {
  return { q_or_cookie: queryOrCookie }
})
