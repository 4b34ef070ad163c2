import { App } from 'millrace'

export const app = new App({ compat: 'fastapi' })

export const readItems = app.get('/items/', { hidden: true }, function readItems() {
  return [{ item_id: 'Foo' }]
})
