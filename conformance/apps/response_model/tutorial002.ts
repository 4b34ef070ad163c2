import { App } from 'millrace'
import { z } from 'zod'

export const app = new App({ compat: 'fastapi' })

const UserIn = z.object({
  username: z.string(),
  password: z.string(),
  email: z.email(),
  full_name: z.string().nullable().default(null),
})

// Don't do this in production: the password goes back to whoever asks.
export const createUser = app.post('/user/', { body: UserIn, response: UserIn }, function createUser({ body: user }) {
  return user
})
