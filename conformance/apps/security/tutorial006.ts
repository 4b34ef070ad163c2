import { App } from 'millrace'
import { httpBasic } from 'millrace/security'

export const app = new App({ compat: 'fastapi' })

const credentials = httpBasic({ challenge: 'Basic' })

export const readCurrentUser = app.get(
  '/users/me',
  { deps: { credentials } },
  function readCurrentUser({ credentials }) {
    return { username: credentials.username, password: credentials.password }
  },
)
