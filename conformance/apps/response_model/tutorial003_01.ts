import { App } from 'millrace'
import { z } from 'zod'

export const app = new App({ compat: 'fastapi' })

const BaseUser = z.object({
  username: z.string(),
  email: z.email(),
  full_name: z.string().nullable().default(null),
})

const UserIn = BaseUser.extend({ password: z.string() })

export const createUser = app.post('/user/', { body: UserIn, response: BaseUser }, function createUser({ body: user }) {
  return user
})
