import { App } from 'millrace'

export const app = new App({ compat: 'fastapi' })

export const readItems = app.get('/items/', function readItems() {
  return ['plumbus', 'portal gun']
})
