import { App } from 'millrace'

export const app = new App({ compat: 'fastapi', docs: { swagger: { options: { deepLinking: false } } } })

export const readUser = app.get('/users/:username', function readUser({ params }) {
  return { message: `Hello ${params.username}` }
})
