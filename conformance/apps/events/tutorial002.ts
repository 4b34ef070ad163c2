import { appendFileSync } from 'node:fs'
import { App } from 'millrace'

export const app = new App({ compat: 'fastapi' })

app.lifespan(async function* () {
  yield
  appendFileSync('log.txt', 'Application shutdown')
})

export const readItems = app.get('/items/', function readItems() {
  return [{ name: 'Foo' }]
})
