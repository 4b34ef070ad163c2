import { App } from 'millrace'

export const app = new App({ compat: 'fastapi' })

export const root = app.get('/', function root() {
  const a = 'a'
  const b = `b${a}`
  return { 'hello world': b }
})

if (import.meta.main) await app.listen({ host: '0.0.0.0', port: 8000 })
