import { App } from 'millrace'
import { oauth2Password } from 'millrace/security'

export const app = new App({ compat: 'fastapi' })

const token = oauth2Password({ tokenUrl: 'token' })

export const readItems = app.get('/items/', { deps: { token } }, function readItems({ token }) {
  return { token }
})
