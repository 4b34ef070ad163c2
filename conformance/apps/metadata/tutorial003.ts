import { App } from 'millrace'

export const app = new App({ compat: 'fastapi', docs: { swagger: '/documentation', redoc: false } })

export const readItems = app.get('/items/', function readItems() {
  return [{ name: 'Foo' }]
})
