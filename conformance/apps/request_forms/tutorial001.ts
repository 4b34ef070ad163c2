import { App, form } from 'millrace'
import { z } from 'zod'

export const app = new App({ compat: 'fastapi' })

export const login = app.post(
  '/login/',
  { body: form(z.object({ username: z.string(), password: z.string() })) },
  function login({ body }) {
    return { username: body.username }
  },
)
