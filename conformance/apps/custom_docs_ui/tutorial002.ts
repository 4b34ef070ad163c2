import { App } from 'millrace'

// Nothing to do: Millrace's pages never load anything from elsewhere.
export const app = new App({ compat: 'fastapi' })

export const readUser = app.get('/users/:username', function readUser({ params }) {
  return { message: `Hello ${params.username}` }
})
