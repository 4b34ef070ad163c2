import { timingSafeEqual } from 'node:crypto'
import { App, dependency, fail } from 'millrace'
import { httpBasic } from 'millrace/security'

export const app = new App({ compat: 'fastapi' })

/** In a time that does not depend on where the two differ. */
function isEqual(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)]
  return left.length === right.length && timingSafeEqual(left, right)
}

const currentUsername = dependency({ deps: { credentials: httpBasic({ challenge: 'Basic' }) } }, ({ credentials }) => {
  const isCorrectUsername = isEqual(credentials.username, 'stanleyjobson')
  const isCorrectPassword = isEqual(credentials.password, 'swordfish')
  if (!(isCorrectUsername && isCorrectPassword))
    fail(401, 'Incorrect username or password', { headers: { 'www-authenticate': 'Basic' } })
  return credentials.username
})

export const readCurrentUser = app.get(
  '/users/me',
  { deps: { username: currentUsername } },
  function readCurrentUser({ username }) {
    return { username }
  },
)
