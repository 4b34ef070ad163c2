import { App, dependency } from 'millrace'
import { anyOf, apiKey, apiKeys, generateApiKey, jwt, MemoryApiKeyStore, security } from 'millrace/security'
import { sessions } from 'millrace/sessions'
import { describe, expect, it } from 'vitest'
import { byHmac, inSeconds, secret, tokenOf } from '../support/jwt.ts'
import { destroyAfterEach, handshake, RawWebSocket } from '../support/rawWebSocket.ts'
import { describeTransports, serveHttp } from '../support/serve.ts'
import { RawSocket } from '../support/socket.ts'

destroyAfterEach()

const { key, record } = generateApiKey({ owner: 'mill', scopes: ['grind'] })
const store = new MemoryApiKeyStore([record])
const sign = (claims: object) =>
  tokenOf({ alg: 'HS256' }, { sub: 'ada', exp: inSeconds(60), ...claims }, byHmac(secret))

const person = dependency({ deps: { claims: jwt({ secret }) } }, ({ claims }) => `person ${claims.sub}`)
const program = dependency({ deps: { key: apiKeys({ store }) } }, ({ key }) => `program ${key.owner}`)
const caller = security(anyOf(person, program), { scopes: ['grind'] })

describeTransports('a token or a key', (serve) => {
  it.each<[string, Record<string, string>, number, string | null, string]>([
    ['a token', { authorization: `Bearer ${sign({ scope: 'grind' })}` }, 200, null, 'person ada'],
    ['a key', { 'x-api-key': key }, 200, null, 'program mill'],
    [
      'a key beside a token that is not valid',
      { 'x-api-key': key, authorization: 'Bearer x' },
      200,
      null,
      'program mill',
    ],
    ['neither', {}, 401, 'Bearer, APIKey', 'not_authenticated'],
    [
      'a token that is not valid',
      { authorization: 'Bearer x' },
      401,
      'Bearer error="invalid_token", error_description="The token is not a JWT", APIKey',
      'invalid_token',
    ],
    ['a key that is not known', { 'x-api-key': `${key}x` }, 401, 'Bearer, APIKey', 'invalid_api_key'],
    [
      'a token without the scope',
      { authorization: `Bearer ${sign({ scope: 'clean' })}`, 'x-api-key': 'x' },
      403,
      'Bearer error="insufficient_scope", scope="grind", APIKey',
      'insufficient_scope',
    ],
  ])('takes %s', async (_name, headers, status, challenge, told) => {
    const app = new App()
    app.get('/', { deps: { caller } }, ({ caller }) => caller)
    const { request } = await serve(app)
    const response = await request('/', { headers })
    const text = await response.text()
    expect([response.status, response.headers.get('www-authenticate')]).toEqual([status, challenge])
    expect(status === 200 ? text : JSON.parse(text).code).toBe(told)
  })

  it.each<[string, Record<string, string>, number, string]>([
    ['nothing', {}, 200, 'nobody'],
    ['a key', { 'x-api-key': 'k3y' }, 200, 'k3y'],
    ['a token', { authorization: `Bearer ${sign({})}` }, 200, 'person ada'],
    ['a key beside a wrong token', { 'x-api-key': 'k3y', authorization: 'Bearer x' }, 200, 'k3y'],
    ['a wrong token', { authorization: 'Bearer x' }, 401, 'invalid_token'],
  ])('or nothing, where one is optional, takes %s', async (_name, headers, status, told) => {
    const either = anyOf(person, apiKey({ in: 'header', name: 'X-API-Key', optional: true }))
    const app = new App()
    app.get('/', { deps: { either } }, ({ either }) => either ?? 'nobody')
    const response = await (await serve(app)).request('/', { headers })
    const text = await response.text()
    expect([response.status, status === 200 ? text : JSON.parse(text).code]).toEqual([status, told])
  })

  it('documents both', () => {
    const app = new App()
    app.get('/', { deps: { caller } }, ({ caller }) => caller)
    const { components, paths } = app.openapi() as unknown as {
      components: { securitySchemes: unknown }
      paths: Record<string, { get: { security: unknown } }>
    }
    expect(components.securitySchemes).toEqual({
      jwt: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
      'X-API-Key': { type: 'apiKey', in: 'header', name: 'X-API-Key' },
    })
    expect(paths['/']?.get.security).toEqual([{ jwt: ['grind'] }, { 'X-API-Key': ['grind'] }])
  })
})

describe.each(['http', 'net'] as const)('a WebSocket (%s)', (transport) => {
  const web = sessions({ secret })
  const makeApp = () => {
    const app = new App({ docs: false, use: [web] })
    app.ws('/caller', { deps: { caller } }, async ({ caller, socket }) => socket.send(caller))
    app.ws('/session', { deps: { session: web.session } }, async ({ session, socket }) =>
      socket.send({ ...session.data }),
    )
    return app
  }

  it('is refused before it opens', async () => {
    const { port } = await serveHttp(makeApp(), undefined, transport)
    const socket = new RawSocket(port)
    await socket.write(handshake('/caller'))
    const { status, headers, body } = await socket.answer()
    expect([status, headers['www-authenticate'], JSON.parse(body).code]).toEqual([
      401,
      'Bearer, APIKey',
      'not_authenticated',
    ])
  })

  it('opens for who may, and knows their session', async () => {
    const { port } = await serveHttp(makeApp(), undefined, transport)
    const client = await RawWebSocket.open(port, '/caller', [`x-api-key: ${key}`])
    expect(await client.text()).toBe('program mill')
    const cookie = `session=${await web.encode({ user: 3 })}`
    const other = await RawWebSocket.open(port, '/session', [`cookie: ${cookie}`])
    expect(await other.text()).toBe('{"user":3}')
  })
})
