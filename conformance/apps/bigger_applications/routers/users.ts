import { Router } from 'millrace'

export const users = new Router({ prefix: '/users', tags: ['users'] })

// `//` is the prefix with a slash at its end, as FastAPI has it.
export const readUsers = users.get('//', function readUsers() {
  return [{ username: 'Rick' }, { username: 'Morty' }]
})

export const readUserMe = users.get('/me', function readUserMe() {
  return { username: 'fakecurrentuser' }
})

export const readUser = users.get('/:username', function readUser({ params }) {
  return { username: params.username }
})
