import { App } from 'millrace'

export const app = new App({ compat: 'fastapi' })

const tag = { items: 'items', users: 'users' } as const

export const getItems = app.get('/items/', { tags: [tag.items] }, function getItems() {
  return ['Portal gun', 'Plumbus']
})

export const readUsers = app.get('/users/', { tags: [tag.users] }, function readUsers() {
  return ['Rick', 'Morty']
})
