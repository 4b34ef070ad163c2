import { App } from 'millrace'

export const app = new App({ compat: 'fastapi' })

export const root = app.get('/', function root() {
  return { message: 'Hello World' }
})
