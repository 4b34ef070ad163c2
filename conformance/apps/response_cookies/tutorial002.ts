import { App } from 'millrace'

export const app = new App({ compat: 'fastapi' })

export const createCookie = app.post('/cookie-and-object/', function createCookie({ response }) {
  response.setCookie('fakesession', 'fake-cookie-session-value', { httpOnly: false })
  return { message: 'Come to the dark side, we have cookies' }
})
