import { App } from 'millrace'

export const app = new App({ compat: 'fastapi' })

export const readItems = app.get('/items/', { openapi: { 'x-aperture-labs-portal': 'blue' } }, function readItems() {
  return [{ item_id: 'portal-gun' }]
})
