import { settings } from 'millrace'
import { z } from 'zod'

/** Of the environment: `BLOG_SECRET_KEY` and `BLOG_DATABASE`. */
export const config = settings(
  z.object({
    /** Signs the sessions. The default is for development alone. */
    secretKey: z.string().default('dev'),
    /** The file of the database; `:memory:` for one that is gone with the process. */
    database: z.string().default('blog.tmp.sqlite'),
  }),
  { prefix: 'BLOG_' },
)
