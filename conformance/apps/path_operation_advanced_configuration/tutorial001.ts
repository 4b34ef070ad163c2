import { App } from 'millrace'

export const app = new App({ compat: 'fastapi' })

export const readItems = app.get('/items/', { operationId: 'some_specific_id_you_define' }, function readItems() {
  return [{ item_id: 'Foo' }]
})
