import { App, dependency, fail, HttpError, type Logger } from 'millrace'
import {
  httpBasic,
  jwt,
  OAuth2Error,
  type OAuth2ErrorCode,
  oauth2Password,
  passwordForm,
  security,
  signJwt,
  tokenEndpoint,
} from 'millrace/security'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { secret } from '../support/jwt.ts'
import { describeTransports, serveFetch } from '../support/serve.ts'

const formOf = (fields: Record<string, string>): RequestInit => ({ method: 'POST', body: new URLSearchParams(fields) })

describeTransports('a token endpoint', (serve) => {
  const app = (options?: { strict: boolean }) => {
    const made = new App()
    made.post('/token', { body: passwordForm(options), use: [tokenEndpoint()] }, ({ body }) => body)
    return made
  }

  it('takes the form of the password flow', async () => {
    const { request } = await serve(app())
    const fields = {
      grant_type: 'password',
      username: 'ada',
      password: ' p w ',
      scope: 'me  items',
      client_id: 'web',
      client_secret: 's3cret',
    }
    const response = await request('/token', formOf(fields))
    expect([response.status, response.headers.get('cache-control'), await response.json()]).toEqual([
      200,
      'no-store',
      { username: 'ada', password: ' p w ', scopes: ['me', 'items'], clientId: 'web', clientSecret: 's3cret' },
    ])
    const least = await request('/token', formOf({ username: 'ada', password: '', scope: '' }))
    expect(await least.json()).toEqual({ username: 'ada', password: '', scopes: [] })
  })

  it.each<[string, RequestInit, { strict: boolean } | undefined, string, unknown]>([
    ['no fields', formOf({}), undefined, 'invalid_request', 'username: Required; password: Required'],
    ['no password', formOf({ username: 'ada' }), undefined, 'invalid_request', 'password: Required'],
    [
      'another grant',
      formOf({ grant_type: 'refresh_token', username: 'ada', password: 'x' }),
      undefined,
      'unsupported_grant_type',
      "grant_type: Has to be 'password'",
    ],
    [
      'no grant where it is asked for',
      formOf({ username: 'ada', password: 'x' }),
      { strict: true },
      'invalid_request',
      'grant_type: Required',
    ],
    [
      'JSON',
      { method: 'POST', body: '{}', headers: { 'content-type': 'application/json' } },
      undefined,
      'invalid_request',
      expect.stringContaining('application/x-www-form-urlencoded'),
    ],
  ])('tells of %s as the RFC says', async (_name, init, options, error, description) => {
    const { request } = await serve(app(options))
    const response = await request('/token', init)
    expect([response.status, response.headers.get('content-type'), response.headers.get('cache-control')]).toEqual([
      400,
      'application/json',
      'no-store',
    ])
    expect(await response.json()).toEqual({ error, error_description: description })
  })
})

describe('what a token endpoint throws', () => {
  const thrown = async (error: Error) => {
    const app = new App({ logger: false })
    app.post('/token', { use: [tokenEndpoint()] }, () => {
      throw error
    })
    const response = await (await serveFetch(app)).request('/token', { method: 'POST' })
    return [response.status, response.headers.get('www-authenticate'), await response.json()]
  }

  it.each<[OAuth2ErrorCode, number, string | null]>([
    ['invalid_request', 400, null],
    ['invalid_client', 401, 'Basic realm="token"'],
    ['invalid_grant', 400, null],
    ['unauthorized_client', 400, null],
    ['unsupported_grant_type', 400, null],
    ['invalid_scope', 400, null],
  ])('%s', async (code, status, challenge) => {
    expect(await thrown(new OAuth2Error(code, 'Why'))).toEqual([
      status,
      challenge,
      { error: code, error_description: 'Why' },
    ])
  })

  it('is left as it is where the RFC says nothing', async () => {
    expect((await thrown(new HttpError(429, 'Slower')))[2]).toMatchObject({ status: 429, detail: 'Slower' })
    expect((await thrown(new Error('secret')))[2]).toMatchObject({ status: 500, code: 'internal_error' })
  })

  it('is a problem without tokenEndpoint()', async () => {
    const app = new App()
    app.post('/token', () => {
      throw new OAuth2Error('invalid_grant', 'Incorrect username or password')
    })
    const response = await (await serveFetch(app)).request('/token', { method: 'POST' })
    expect(await response.json()).toEqual({
      type: 'about:blank',
      title: 'Bad Request',
      status: 400,
      detail: 'Incorrect username or password',
      code: 'invalid_grant',
    })
  })
})

it('describes its form', () => {
  const app = new App()
  app.post('/token', { body: passwordForm() }, () => 'token')
  app.post('/strict', { body: passwordForm({ strict: true }) }, () => 'token')
  const { paths } = app.openapi() as unknown as { paths: Record<string, { post: { requestBody: object } }> }
  const properties = {
    grant_type: { type: 'string', pattern: '^password$' },
    username: { type: 'string' },
    password: { type: 'string', format: 'password' },
    scope: { type: 'string', default: '' },
    client_id: { type: 'string' },
    client_secret: { type: 'string', format: 'password' },
  }
  const bodyOf = (required: string[]) => ({
    required: true,
    content: { 'application/x-www-form-urlencoded': { schema: { type: 'object', properties, required } } },
  })
  expect(paths['/token']?.post.requestBody).toEqual(bodyOf(['username', 'password']))
  expect(paths['/strict']?.post.requestBody).toEqual(bodyOf(['grant_type', 'username', 'password']))
})

describeTransports('signing in with a password', (serve) => {
  const users = new Map([
    ['johndoe', { name: 'John Doe', password: 'secret', isDisabled: false }],
    ['alice', { name: 'Alice', password: 'secret2', isDisabled: true }],
  ])
  const token = oauth2Password({ tokenUrl: 'token', scopes: { me: 'Read who you are.', items: 'Read your items.' } })
  const claims = jwt({ secret, token, claims: z.object({ sub: z.string() }) })
  const currentUser = dependency({ deps: { claims } }, ({ claims }) => users.get(claims.sub) ?? fail(401, 'Gone'))
  const activeUser = dependency({ deps: { user: security(currentUser, { scopes: ['me'] }) } }, ({ user }) =>
    user.isDisabled ? fail(403, 'This account is closed') : user,
  )
  const appOf = (logger: Logger | false) => {
    const app = new App({ logger })
    app.post('/token', { body: passwordForm(), use: [tokenEndpoint()] }, async ({ body }) => {
      if (users.get(body.username)?.password !== body.password)
        throw new OAuth2Error('invalid_grant', 'Incorrect username or password')
      const signed = await signJwt(
        { sub: body.username, scope: body.scopes.join(' ') },
        { secret, expiresInSeconds: 60 },
      )
      return { access_token: signed, token_type: 'bearer' }
    })
    app.get('/users/me', { deps: { user: activeUser } }, ({ user }) => user.name)
    const itemsOf = security(activeUser, { scopes: ['items'] })
    app.get('/users/me/items', { deps: { user: itemsOf } }, ({ user }) => [user.name])
    app.get('/status', { deps: { user: currentUser } }, () => ({ status: 'ok' }))
    app.get('/basic', { deps: { login: httpBasic() } }, () => fail(401))
    return app
  }

  it.each<[string, string, string, number, unknown]>([
    ['/users/me', 'johndoe', 'me', 200, '"John Doe"'],
    ['/users/me', 'johndoe', '', 403, 'insufficient_scope'],
    ['/users/me', 'alice', 'me', 403, 'This account is closed'],
    ['/users/me/items', 'johndoe', 'me items', 200, '["John Doe"]'],
    ['/users/me/items', 'johndoe', 'items', 403, 'insufficient_scope'],
    ['/status', 'johndoe', '', 200, '{"status":"ok"}'],
  ])('%s as %s with the scopes "%s"', async (path, username, scope, status, expected) => {
    const { request } = await serve(appOf(false))
    const password = users.get(username)?.password as string
    const signedIn = await request('/token', formOf({ username, password, scope }))
    const { access_token: given } = (await signedIn.json()) as { access_token: string }
    const response = await request(path, { headers: { authorization: `Bearer ${given}` } })
    expect(response.status).toBe(status)
    expect(await response.text()).toContain(status === 200 && path === '/users/me' ? 'John Doe' : expected)
  })

  it('leaves no secret in the log', async () => {
    const lines: string[] = []
    const note = (message: string, fields?: object) => void lines.push(message + JSON.stringify(fields))
    const { request } = await serve(appOf({ debug: note, info: note, warn: note, error: note }))
    await request('/token', formOf({ username: 'johndoe', password: 'hunter2' }))
    await request('/token', formOf({ username: 'johndoe', password: 'secret' }))
    await request('/users/me', { headers: { authorization: 'Bearer hunter2.hunter2.hunter2' } })
    await request('/basic', { headers: { authorization: `Basic ${btoa('johndoe:hunter2')}` } })
    expect(lines.join('\n')).not.toMatch(/hunter2|aHVudGVyMg|Bearer|Basic/)
  })
})
