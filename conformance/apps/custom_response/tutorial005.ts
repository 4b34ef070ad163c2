import { App, text } from 'millrace'

export const app = new App({ compat: 'fastapi' })

export const main = app.get('/', { response: text() }, function main() {
  return 'Hello World'
})
