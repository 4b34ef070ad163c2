import { App } from 'millrace'

export const app = new App({ compat: 'fastapi' })

export const readUsers = app.get('/users', function readUsers() {
  return ['Rick', 'Morty']
})

// Never reached: of two operations of one path the first answers.
export const readUsers2 = app.get('/users', function readUsers2() {
  return ['Bean', 'Elfo']
})
