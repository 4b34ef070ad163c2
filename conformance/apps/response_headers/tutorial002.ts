import { App } from 'millrace'

export const app = new App({ compat: 'fastapi' })

export const getHeaders = app.get('/headers-and-object/', function getHeaders({ response }) {
  response.headers.set('x-cat-dog', 'alone in the world')
  return { message: 'Hello World' }
})
