import { App, html } from 'millrace'

export const app = new App({ compat: 'fastapi' })

export const readItems = app.get('/items/', { response: html() }, function readItems() {
  return '<h1>Items</h1><p>This is a list of items.</p>'
})
