import { SignJWT } from 'jose'
import { expect, it } from 'vitest'
import { secret, app as tutorial004 } from '../apps/security/tutorial004.ts'
import { app as tutorial005 } from '../apps/security/tutorial005.ts'
import { type Ask, describePort } from './support/ports.ts'

const form = { 'content-type': 'application/x-www-form-urlencoded' }

async function signIn(ask: Ask, username: string, password: string, scope = ''): Promise<Record<string, string>> {
  const body = new URLSearchParams({ username, password, ...(scope ? { scope } : {}) }).toString()
  const { json } = await ask('POST', '/token', { headers: form, body })
  return { authorization: `Bearer ${(json as { access_token: string }).access_token}` }
}

const sign = (claims: Record<string, unknown>, key = secret) =>
  new SignJWT(claims).setProtectedHeader({ alg: 'HS256' }).setExpirationTime('15m').sign(Buffer.from(key))

const johndoe = { username: 'johndoe', email: 'johndoe@example.com', full_name: 'John Doe', disabled: false }

/** What an answer says, and how it asks for better credentials. */
async function answer(ask: Ask, path: string, headers: Record<string, string> = {}) {
  const { status, headers: received, json } = await ask('GET', path, { headers })
  return [status, json, received.get('www-authenticate')]
}

describePort('security.tutorial004', (open) => {
  it('gives a token for the right password, which tells who asks', async () => {
    const ask = await open(tutorial004)
    const login = await ask('POST', '/token', { headers: form, body: 'username=johndoe&password=secret' })
    expect([login.status, login.json]).toEqual([200, { access_token: expect.any(String), token_type: 'bearer' }])
    const headers = await signIn(ask, 'johndoe', 'secret')
    expect(await answer(ask, '/users/me/', headers)).toEqual([200, johndoe, null])
    expect(await answer(ask, '/users/me/items/', headers)).toEqual([200, [{ item_id: 'Foo', owner: 'johndoe' }], null])
  })

  it.each(['username=johndoe&password=incorrect', 'username=foo&password=secret'])('refuses %s', async (body) => {
    const ask = await open(tutorial004)
    const { status, json, headers } = await ask('POST', '/token', { headers: form, body })
    expect([status, json, headers.get('www-authenticate')]).toEqual([
      401,
      { detail: 'Incorrect username or password' },
      'Bearer',
    ])
  })

  it('refuses who has no token', async () => {
    const ask = await open(tutorial004)
    const refused = [401, { detail: 'Not authenticated' }, 'Bearer']
    expect(await answer(ask, '/users/me/')).toEqual(refused)
    expect(await answer(ask, '/users/me/', { authorization: 'Notexistent testtoken' })).toEqual(refused)
  })

  it.each([
    ['is none', () => 'foo'],
    ['names nobody', () => sign({ data: 'foo' })],
    ['names somebody unknown', () => sign({ sub: 'foo' })],
    ['is signed with another key', () => sign({ sub: 'johndoe' }, `${secret}-`)],
    ['is not signed', () => `${btoa('{"alg":"none"}')}.${btoa('{"sub":"johndoe"}')}.`.replaceAll('=', '')],
  ])('refuses a token that %s', async (_what, token) => {
    const ask = await open(tutorial004)
    expect(await answer(ask, '/users/me/', { authorization: `Bearer ${await token()}` })).toEqual([
      401,
      { detail: 'Could not validate credentials' },
      'Bearer',
    ])
  })

  it('refuses whose account is closed', async () => {
    const ask = await open(tutorial004)
    const headers = await signIn(ask, 'alice', 'secretalice')
    expect(await answer(ask, '/users/me/', headers)).toEqual([400, { detail: 'Inactive user' }, null])
  })
})

describePort('security.tutorial005', (open) => {
  it('lets through who has the scopes that are asked for', async () => {
    const ask = await open(tutorial005)
    const headers = await signIn(ask, 'johndoe', 'secret', 'me items')
    expect(await answer(ask, '/users/me/', headers)).toEqual([200, johndoe, null])
    expect(await answer(ask, '/users/me/items/', headers)).toEqual([200, [{ item_id: 'Foo', owner: 'johndoe' }], null])
    expect(await answer(ask, '/status/', headers)).toEqual([200, { status: 'ok' }, null])
  })

  it('names the scopes that are missing, those of who asks first in front', async () => {
    const ask = await open(tutorial005)
    const headers = await signIn(ask, 'johndoe', 'secret')
    const refused = { detail: 'Not enough permissions' }
    expect(await answer(ask, '/users/me/', headers)).toEqual([401, refused, 'Bearer scope="me"'])
    expect(await answer(ask, '/users/me/items/', headers)).toEqual([401, refused, 'Bearer scope="items me"'])
    expect(await answer(ask, '/status/', headers)).toEqual([200, { status: 'ok' }, null])
  })

  it('refuses tokens that cannot be verified', async () => {
    const ask = await open(tutorial005)
    const refused = { detail: 'Could not validate credentials' }
    expect(await answer(ask, '/users/me/', { authorization: 'Bearer foo' })).toEqual([
      401,
      refused,
      'Bearer scope="me"',
    ])
    expect(await answer(ask, '/status/', { authorization: `Bearer ${await sign({ sub: 'foo' })}` })).toEqual([
      401,
      refused,
      'Bearer',
    ])
    expect(await answer(ask, '/status/')).toEqual([401, { detail: 'Not authenticated' }, 'Bearer'])
  })

  it('refuses a wrong password, and whose account is closed', async () => {
    const ask = await open(tutorial005)
    const { status, json } = await ask('POST', '/token', { headers: form, body: 'username=johndoe&password=incorrect' })
    expect([status, json]).toEqual([400, { detail: 'Incorrect username or password' }])
    const headers = await signIn(ask, 'alice', 'secretalice', 'me')
    expect(await answer(ask, '/users/me/', headers)).toEqual([400, { detail: 'Inactive user' }, null])
  })

  it('documents the scopes where they are asked for', () => {
    const document = tutorial005.openapi() as unknown as {
      paths: Record<string, { get: { security: unknown } }>
      components: { securitySchemes: unknown }
    }
    expect(document.components.securitySchemes).toEqual({
      OAuth2PasswordBearer: {
        type: 'oauth2',
        flows: {
          password: {
            scopes: { me: 'Read information about the current user.', items: 'Read items.' },
            tokenUrl: 'token',
          },
        },
      },
    })
    expect(document.paths['/users/me/items/']?.get.security).toEqual([{ OAuth2PasswordBearer: ['items', 'me'] }])
    expect(document.paths['/users/me/']?.get.security).toEqual([{ OAuth2PasswordBearer: ['me'] }])
    expect(document.paths['/status/']?.get.security).toEqual([{ OAuth2PasswordBearer: [] }])
  })
})
