import { App } from 'millrace'

export const app = new App({ compat: 'fastapi' })

export const readRoot = app.get('/items/:item_id', function readRoot({ params, clientAddress }) {
  return { client_host: clientAddress, item_id: params.item_id }
})
