import { Router } from 'millrace'

export const users = new Router({ tags: ['users'] })

export const readUsers = users.get('/users/', function readUsers() {
  return [{ username: 'Rick' }, { username: 'Morty' }]
})

export const readUserMe = users.get('/users/me', function readUserMe() {
  return { username: 'fakecurrentuser' }
})

export const readUser = users.get('/users/:username', function readUser({ params }) {
  return { username: params.username }
})
