import { hash, verify } from '@node-rs/argon2'
import { jwtVerify } from 'jose'
import { App, dependency, fail } from 'millrace'
import { oauth2Password, passwordForm, requiredScopes, security, signJwt } from 'millrace/security'
import { z } from 'zod'

export const app = new App({ compat: 'fastapi' })

// In production it comes from the environment.
export const secret = '09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7'

const users = new Map([
  [
    'johndoe',
    {
      username: 'johndoe',
      full_name: 'John Doe',
      email: 'johndoe@example.com',
      hashed_password: await hash('secret'),
      disabled: false,
    },
  ],
  [
    'alice',
    {
      username: 'alice',
      full_name: 'Alice Chains',
      email: 'alicechains@example.com',
      hashed_password: await hash('secretalice'),
      disabled: true,
    },
  ],
])

// Of nobody: an unknown name takes as long as a wrong password.
const dummyHash = await hash('dummypassword')

const User = z.object({
  username: z.string(),
  email: z.string().nullable().default(null),
  full_name: z.string().nullable().default(null),
  disabled: z.boolean().nullable().default(null),
})

const Token = z.object({ access_token: z.string(), token_type: z.string() })

const token = oauth2Password({
  tokenUrl: 'token',
  scopes: { me: 'Read information about the current user.', items: 'Read items.' },
})

const Claims = z.object({ sub: z.string(), scope: z.string().default('') })

const currentUser = dependency({ deps: { token, scopes: requiredScopes } }, async ({ token, scopes }) => {
  const challenge = scopes.length > 0 ? `Bearer scope="${scopes.join(' ')}"` : 'Bearer'
  const refuse = (detail: string) => fail(401, detail, { headers: { 'www-authenticate': challenge } })
  const { payload } = await jwtVerify(token, Buffer.from(secret), { algorithms: ['HS256'] }).catch(() =>
    refuse('Could not validate credentials'),
  )
  const claims = Claims.safeParse(payload)
  const user = claims.data && users.get(claims.data.sub)
  if (!claims.success || !user) return refuse('Could not validate credentials')
  const granted = claims.data.scope.split(' ')
  return scopes.every((scope) => granted.includes(scope)) ? user : refuse('Not enough permissions')
})

const currentActiveUser = dependency({ deps: { user: security(currentUser, { scopes: ['me'] }) } }, ({ user }) =>
  user.disabled ? fail(400, 'Inactive user') : user,
)

export const loginForAccessToken = app.post(
  '/token',
  { body: passwordForm(), response: Token },
  async function loginForAccessToken({ body: { username, password, scopes } }) {
    const user = users.get(username)
    const isCorrect = await verify(user?.hashed_password ?? dummyHash, password)
    if (!user || !isCorrect) fail(400, 'Incorrect username or password')
    const claims = { sub: user.username, scope: scopes.join(' ') }
    return { access_token: await signJwt(claims, { secret, expiresInSeconds: 30 * 60 }), token_type: 'bearer' }
  },
)

export const readUsersMe = app.get(
  '/users/me/',
  { deps: { user: currentActiveUser }, response: User },
  function readUsersMe({ user }) {
    return user
  },
)

export const readOwnItems = app.get(
  '/users/me/items/',
  { deps: { user: security(currentActiveUser, { scopes: ['items'] }) } },
  function readOwnItems({ user }) {
    return [{ item_id: 'Foo', owner: user.username }]
  },
)

export const readSystemStatus = app.get('/status/', { deps: { user: currentUser } }, function readSystemStatus() {
  return { status: 'ok' }
})
