import { App } from 'millrace'

export const app = new App({ compat: 'fastapi' })

export const readItems = app.get('/items/', { tags: ['items'] }, function readItems() {
  return [{ name: 'Foo', price: 42 }]
})

export const readUsers = app.get('/users/', { tags: ['users'] }, function readUsers() {
  return [{ username: 'johndoe' }]
})

export const readElements = app.get('/elements/', { tags: ['items'], deprecated: true }, function readElements() {
  return [{ item_id: 'Foo' }]
})
