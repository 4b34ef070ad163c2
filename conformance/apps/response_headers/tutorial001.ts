import { App } from 'millrace'

export const app = new App({ compat: 'fastapi' })

export const getHeaders = app.get('/headers/', function getHeaders() {
  return Response.json(
    { message: 'Hello World' },
    { headers: { 'x-cat-dog': 'alone in the world', 'content-language': 'en-US' } },
  )
})
