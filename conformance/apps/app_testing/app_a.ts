import { App } from 'millrace'

export const app = new App({ compat: 'fastapi' })

export const readMain = app.get('/', function readMain() {
  return { msg: 'Hello World' }
})
