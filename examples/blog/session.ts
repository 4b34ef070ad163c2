import { sessions } from 'millrace/sessions'
import { z } from 'zod'
import { config } from './config.ts'

/** Remembers who has signed in, by a cookie that Flask reads and writes as well. */
export const web = sessions({
  format: 'flask',
  secret: config.load().secretKey,
  schema: z.object({ user_id: z.int().optional() }),
})
