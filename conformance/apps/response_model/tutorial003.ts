import { App } from 'millrace'
import { z } from 'zod'

export const app = new App({ compat: 'fastapi' })

const UserIn = z.object({
  username: z.string(),
  password: z.string(),
  email: z.email(),
  full_name: z.string().nullable().default(null),
})

const UserOut = UserIn.omit({ password: true })

export const createUser = app.post('/user/', { body: UserIn, response: UserOut }, function createUser({ body: user }) {
  return user
})
