import { App } from 'millrace'

export const app = new App({ compat: 'fastapi' })

export const readItems = app.get('/api/items', function readItems() {
  return [{ name: 'Portal Gun' }]
})

app.frontend('/', { directory: new URL('./site', import.meta.url), fallback: 'index.html' })
