import { App, dependency } from 'millrace'
import { oauth2Password } from 'millrace/security'

export const app = new App({ compat: 'fastapi' })

const token = oauth2Password({ tokenUrl: 'token' })

const fakeDecode = (token: string) => ({
  username: `${token}fakedecoded`,
  email: 'john@example.com',
  full_name: 'John Doe',
  disabled: null,
})

const currentUser = dependency({ deps: { token } }, ({ token }) => fakeDecode(token))

export const readUsersMe = app.get('/users/me', { deps: { currentUser } }, function readUsersMe({ currentUser }) {
  return currentUser
})
