import { App } from 'millrace'

export const app = new App({ compat: 'fastapi', operationId: ({ name }) => name })

export const readItems = app.get('/items/', function readItems() {
  return [{ item_id: 'Foo' }]
})
