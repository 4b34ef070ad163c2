import { App } from 'millrace'

export const app = new App({ compat: 'fastapi', docs: { openapi: '/api/v1/openapi.json' } })

export const readItems = app.get('/items/', function readItems() {
  return [{ name: 'Foo' }]
})
