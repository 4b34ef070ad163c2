import { App, type Dependency, HttpError, StartupError } from 'millrace'
import {
  apiKey,
  httpBasic,
  httpBearer,
  httpDigest,
  oauth2,
  oauth2AuthorizationCode,
  oauth2ClientCredentials,
  oauth2Password,
  openIdConnect,
  security,
} from 'millrace/security'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { describeTransports, serveHttp } from '../support/serve.ts'
import { RawSocket } from '../support/socket.ts'

const notAuthenticated = {
  type: 'about:blank',
  title: 'Unauthorized',
  status: 401,
  detail: 'Not authenticated',
  code: 'not_authenticated',
}

function appWith(credentials: Dependency): App {
  const app = new App()
  app.get('/', { deps: { credentials } }, ({ credentials }) => ({ credentials: credentials ?? null }))
  return app
}

const basic = (text: string) => ({ authorization: `Basic ${Buffer.from(text).toString('base64')}` })

describeTransports('security schemes', (serve) => {
  async function answersOf(dependency: Dependency, path: string, headers: Record<string, string>) {
    const { request } = await serve(appWith(dependency))
    const response = await request(path, { headers })
    return [response.status, response.headers.get('www-authenticate'), await response.json()]
  }

  it.each<[string, Dependency, Record<string, string>, unknown]>([
    ['httpBearer', httpBearer(), { authorization: 'Bearer t0k3n' }, 't0k3n'],
    ['a scheme in another case', httpBearer(), { authorization: 'bearer t0k3n' }, 't0k3n'],
    ['httpBasic', httpBasic(), basic('ada:love:lace'), { username: 'ada', password: 'love:lace' }],
    ['UTF-8 in httpBasic', httpBasic(), basic('zoë:pässword'), { username: 'zoë', password: 'pässword' }],
    ['an empty password', httpBasic(), basic('ada:'), { username: 'ada', password: '' }],
    ['base64 without padding', httpBasic(), { authorization: 'Basic YTpi' }, { username: 'a', password: 'b' }],
    ['httpDigest', httpDigest(), { authorization: 'Digest username="ada", nonce="1"' }, 'username="ada", nonce="1"'],
    ['a header', apiKey({ in: 'header', name: 'X-Key' }), { 'x-key': 'k1' }, 'k1'],
    ['a cookie', apiKey({ in: 'cookie', name: 'key' }), { cookie: 'a=1; key=k3' }, 'k3'],
    ['oauth2', oauth2({ flows: { password: { tokenUrl: 'token' } } }), { authorization: 'Bearer a' }, 'a'],
    ['oauth2Password', oauth2Password({ tokenUrl: 'token' }), { authorization: 'Bearer b' }, 'b'],
    ['openIdConnect', openIdConnect({ url: 'https://id.example' }), { authorization: 'Bearer c' }, 'c'],
  ])('reads the credentials of %s', async (_name, dependency, headers, expected) => {
    expect(await answersOf(dependency, '/', headers)).toEqual([200, null, { credentials: expected }])
  })

  it('reads a key from the query', async () => {
    const key = apiKey({ in: 'query', name: 'key' })
    expect(await answersOf(key, '/?key=k%202', {})).toEqual([200, null, { credentials: 'k 2' }])
  })

  it.each<[string, Dependency, string, Record<string, string>]>([
    ['httpBearer', httpBearer(), 'Bearer', {}],
    ['another scheme', httpBearer(), 'Bearer', { authorization: 'Basic YTpi' }],
    ['no scheme', httpBearer(), 'Bearer', { authorization: 'token' }],
    ['no token', httpBearer(), 'Bearer', { authorization: 'Bearer ' }],
    ['httpBasic', httpBasic(), 'Basic realm="api", charset="UTF-8"', {}],
    ['a realm with quotes', httpBasic({ realm: 'a "b"' }), 'Basic realm="a \\"b\\"", charset="UTF-8"', {}],
    ['no base64', httpBasic(), 'Basic realm="api", charset="UTF-8"', { authorization: 'Basic !!!' }],
    ['no UTF-8', httpBasic(), 'Basic realm="api", charset="UTF-8"', { authorization: 'Basic /zr/' }],
    ['no colon', httpBasic(), 'Basic realm="api", charset="UTF-8"', basic('ada')],
    ['a control character', httpBasic(), 'Basic realm="api", charset="UTF-8"', basic('a\0da:x')],
    ['httpDigest', httpDigest(), 'Digest', {}],
    ['a header', apiKey({ in: 'header', name: 'X-Key' }), 'APIKey', {}],
    ['an empty header', apiKey({ in: 'header', name: 'X-Key' }), 'APIKey', { 'x-key': '' }],
    ['a query', apiKey({ in: 'query', name: 'key' }), 'APIKey', {}],
    ['a cookie', apiKey({ in: 'cookie', name: 'key' }), 'APIKey', { cookie: 'other=1' }],
    ['oauth2AuthorizationCode', oauth2AuthorizationCode({ authorizationUrl: 'a', tokenUrl: 't' }), 'Bearer', {}],
    ['oauth2ClientCredentials', oauth2ClientCredentials({ tokenUrl: 't' }), 'Bearer', {}],
    ['openIdConnect', openIdConnect({ url: 'https://id.example' }), 'Bearer', {}],
    ['a challenge of its own', httpBasic({ challenge: 'Basic' }), 'Basic', {}],
  ])('answers 401 with a challenge: %s', async (_name, dependency, challenge, headers) => {
    expect(await answersOf(dependency, '/', headers)).toEqual([401, challenge, notAuthenticated])
  })

  it('refuses a key that is sent twice', async () => {
    const key = apiKey({ in: 'query', name: 'key' })
    expect(await answersOf(key, '/?key=1&key=2', {})).toEqual([401, 'APIKey', notAuthenticated])
  })

  it('goes on without credentials where they are optional, but not with some that cannot be read', async () => {
    const login = httpBasic({ optional: true })
    expect(await answersOf(login, '/', {})).toEqual([200, null, { credentials: null }])
    expect(await answersOf(login, '/', { authorization: 'Bearer x' })).toEqual([200, null, { credentials: null }])
    expect(await answersOf(login, '/', { authorization: 'Basic !' })).toEqual([
      401,
      'Basic realm="api", charset="UTF-8"',
      notAuthenticated,
    ])
  })

  it('answers with an error of its own', async () => {
    const token = httpBearer({ error: ({ detail }) => new HttpError(403, detail) })
    expect(await answersOf(token, '/', {})).toEqual([
      403,
      null,
      { type: 'about:blank', title: 'Forbidden', status: 403, detail: 'Not authenticated' },
    ])
  })

  it('refuses before it looks at the body', async () => {
    const app = new App()
    app.post('/', { deps: { token: httpBearer() }, body: z.object({ title: z.string() }) }, () => 'posted')
    const { request } = await serve(app)
    const response = await request('/', { method: 'POST', body: '{"broken', headers: { 'content-type': 'text/csv' } })
    expect([response.status, await response.json()]).toEqual([401, notAuthenticated])
  })
})

it.each(['http', 'net'] as const)('does not wait for the upload of a body (%s)', async (transport) => {
  const app = new App()
  app.post('/', { deps: { token: httpBearer() }, body: z.object({ title: z.string() }) }, () => 'posted')
  const { port } = await serveHttp(app, undefined, transport)
  const socket = new RawSocket(port)
  await socket.write(
    'POST / HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 500000\r\n\r\n{"title": "',
  )
  const { status, body } = await socket.answer()
  expect([status, JSON.parse(body)]).toEqual([401, notAuthenticated])
})

describe('in the document', () => {
  it.each<[string, Dependency, string, object]>([
    ['httpBearer', httpBearer(), 'bearer', { type: 'http', scheme: 'bearer' }],
    [
      'httpBearer with a format',
      httpBearer({ bearerFormat: 'JWT', schemeName: 'token', description: 'Ask *us*.' }),
      'token',
      { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: 'Ask *us*.' },
    ],
    ['httpBasic', httpBasic(), 'basic', { type: 'http', scheme: 'basic' }],
    ['httpDigest', httpDigest(), 'digest', { type: 'http', scheme: 'digest' }],
    ['apiKey', apiKey({ in: 'query', name: 'a[k]' }), 'a_k_', { type: 'apiKey', in: 'query', name: 'a[k]' }],
    [
      'oauth2Password',
      oauth2Password({ tokenUrl: 'token', refreshUrl: 'refresh', scopes: { me: 'Read me.' } }),
      'oauth2',
      {
        type: 'oauth2',
        flows: { password: { tokenUrl: 'token', refreshUrl: 'refresh', scopes: { me: 'Read me.' } } },
      },
    ],
    [
      'oauth2AuthorizationCode',
      oauth2AuthorizationCode({ authorizationUrl: 'authorize', tokenUrl: 'token' }),
      'oauth2',
      {
        type: 'oauth2',
        flows: { authorizationCode: { authorizationUrl: 'authorize', tokenUrl: 'token', scopes: {} } },
      },
    ],
    [
      'oauth2ClientCredentials',
      oauth2ClientCredentials({ tokenUrl: 'token' }),
      'oauth2',
      { type: 'oauth2', flows: { clientCredentials: { tokenUrl: 'token', scopes: {} } } },
    ],
    [
      'oauth2',
      oauth2({ flows: { implicit: { authorizationUrl: 'authorize' } } }),
      'oauth2',
      { type: 'oauth2', flows: { implicit: { authorizationUrl: 'authorize', scopes: {} } } },
    ],
    [
      'openIdConnect',
      openIdConnect({ url: 'https://id.example/.well-known/openid-configuration' }),
      'openIdConnect',
      { type: 'openIdConnect', openIdConnectUrl: 'https://id.example/.well-known/openid-configuration' },
    ],
  ])('%s', (_kind, dependency, name, definition) => {
    const { components, paths } = appWith(dependency).openapi() as unknown as Document
    expect(components.securitySchemes).toEqual({ [name]: definition })
    expect(paths['/']?.get.security).toEqual([{ [name]: [] }])
    expect(paths['/']?.get.responses['401']).toEqual({
      description: 'Not authenticated',
      headers: {
        'WWW-Authenticate': {
          schema: { type: 'string', description: 'What is to be sent along (RFC 9110, section 11.6.1).' },
        },
      },
      content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
    })
    expect(paths['/']?.get.responses['403']).toBeUndefined()
  })

  it('says that all schemes are needed that stand side by side', () => {
    const app = new App({ deps: { key: apiKey({ in: 'header', name: 'X-Key' }) } })
    app.get('/', { deps: { token: httpBearer() } }, () => 'hello')
    expect((app.openapi() as unknown as Document).paths['/']?.get.security).toEqual([{ 'X-Key': [], bearer: [] }])
  })

  it('says that an optional scheme can be left out', () => {
    const { paths } = appWith(httpBearer({ optional: true })).openapi() as unknown as Document
    expect(paths['/']?.get.security).toEqual([{ bearer: [] }, {}])
  })

  it('writes one scheme that is made twice once, and refuses two that differ', () => {
    const app = new App()
    app.get('/a', { deps: { token: httpBearer() } }, () => 'a')
    app.get('/b', { deps: { token: httpBearer() } }, () => 'b')
    expect((app.openapi() as unknown as Document).components.securitySchemes).toEqual({
      bearer: { type: 'http', scheme: 'bearer' },
    })
    app.get('/c', { deps: { token: httpBearer({ bearerFormat: 'JWT' }) } }, () => 'c')
    expect(() => app.openapi()).toThrow(
      new StartupError(
        'name_clash',
        "Two security schemes that differ are named 'bearer': give one of them another schemeName",
      ),
    )
  })

  it('keeps the scheme of a guard that a function stands in for', async () => {
    const token = httpBearer()
    const app = appWith(token).with({ overrides: [[token, () => 'fake']] })
    expect(await (await app.request('/')).json()).toEqual({ credentials: 'fake' })
    expect((app.openapi() as unknown as Document).paths['/']?.get.security).toEqual([{ bearer: [] }])
  })
})

it.each<[string, () => unknown, string]>([
  ['a scheme name', () => httpBearer({ schemeName: 'my token' }), "schemeName 'my token' has to be of letters"],
  ['a header name', () => apiKey({ in: 'header', name: 'X Key' }), "'X Key' cannot be the name of a header"],
  ['a realm', () => httpBasic({ realm: 'a\r\nb' }), String.raw`The challenge "Basic realm=\"a\r\nb\", charset`],
  ['a challenge', () => httpBearer({ challenge: 'Bearer realm="→"' }), 'cannot be sent in a header'],
  ['a scope', () => security(httpBearer(), { scopes: ['items', 'read items'] }), "'read items' cannot be a scope"],
  ['no name', () => apiKey({ in: 'query', name: '' }), "'' cannot be the name of a query"],
  ['a place', () => apiKey({ in: 'body' as 'query', name: 'key' }), "An apiKey() is sent in 'header', 'query'"],
])('refuses %s that cannot be', (_what, make, message) => {
  expect(make).toThrow(expect.objectContaining({ code: 'invalid_option', message: expect.stringContaining(message) }))
})

interface Document {
  readonly components: { readonly securitySchemes: unknown }
  readonly paths: Readonly<
    Record<string, { readonly get: { readonly security: unknown; readonly responses: Record<string, unknown> } }>
  >
}
