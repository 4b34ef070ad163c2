import { App, dependency, fail } from 'millrace'
import { oauth2Password, passwordForm } from 'millrace/security'

export const app = new App({ compat: 'fastapi' })

const users = new Map([
  [
    'johndoe',
    {
      username: 'johndoe',
      full_name: 'John Doe',
      email: 'johndoe@example.com',
      hashed_password: 'fakehashedsecret',
      disabled: false,
    },
  ],
  [
    'alice',
    {
      username: 'alice',
      full_name: 'Alice Wonderson',
      email: 'alice@example.com',
      hashed_password: 'fakehashedsecret2',
      disabled: true,
    },
  ],
])

const fakeHash = (password: string) => `fakehashed${password}`

const token = oauth2Password({ tokenUrl: 'token' })

// This token is the name itself: no security at all. tutorial004 does it properly.
const currentUser = dependency(
  { deps: { token } },
  ({ token }) => users.get(token) ?? fail(401, 'Not authenticated', { headers: { 'www-authenticate': 'Bearer' } }),
)

const currentActiveUser = dependency({ deps: { user: currentUser } }, ({ user }) =>
  user.disabled ? fail(400, 'Inactive user') : user,
)

export const login = app.post('/token', { body: passwordForm() }, function login({ body: { username, password } }) {
  const user = users.get(username)
  if (user?.hashed_password !== fakeHash(password)) fail(400, 'Incorrect username or password')
  return { access_token: user.username, token_type: 'bearer' }
})

export const readUsersMe = app.get('/users/me', { deps: { user: currentActiveUser } }, function readUsersMe({ user }) {
  return user
})
