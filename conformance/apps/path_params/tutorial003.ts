import { App } from 'millrace'

export const app = new App({ compat: 'fastapi' })

export const readUserMe = app.get('/users/me', function readUserMe() {
  return { user_id: 'the current user' }
})

export const readUser = app.get('/users/:user_id', function readUser({ params }) {
  return { user_id: params.user_id }
})
