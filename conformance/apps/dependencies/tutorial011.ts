import { App, dependency } from 'millrace'
import { z } from 'zod'

export const app = new App({ compat: 'fastapi' })

/** A dependency with parameters of its own is made by a function. */
const fixedContentQueryChecker = (fixedContent: string) =>
  dependency({ query: z.object({ q: z.string().default('') }) }, ({ query }) =>
    query.q ? query.q.includes(fixedContent) : false,
  )

export const readQueryCheck = app.get(
  '/query-checker/',
  { deps: { fixedContentIncluded: fixedContentQueryChecker('bar') } },
  function readQueryCheck({ fixedContentIncluded }) {
    return { fixed_content_in_query: fixedContentIncluded }
  },
)
