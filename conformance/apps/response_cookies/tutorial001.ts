import { App } from 'millrace'

export const app = new App({ compat: 'fastapi' })

export const createCookie = app.post('/cookie/', function createCookie() {
  return Response.json(
    { message: 'Come to the dark side, we have cookies' },
    { headers: { 'set-cookie': 'fakesession=fake-cookie-session-value; Path=/; SameSite=lax' } },
  )
})
