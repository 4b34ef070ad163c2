import { createHmac, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { App, type Dependency, StartupError } from 'millrace'
import { apiKey, jwt, oauth2Password, security, signJwt } from 'millrace/security'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { z } from 'zod'
import { byHmac, byKey, ec, ed25519, inSeconds, jwkOf, otherRsa, pemOf, rsa, secret, tokenOf } from '../support/jwt.ts'
import { describeTransports, recorder, serveFetch, serveHttp } from '../support/serve.ts'

const shortRsa = generateKeyPairSync('rsa', { modulusLength: 1024 })
const hs = { alg: 'HS256', typ: 'JWT' }
const claims = { sub: 'ada', iss: 'https://id.example', aud: 'api', exp: 32_503_680_000 }
const checked = { secret, issuer: 'https://id.example', audience: 'api' }

function appWith(dependency: Dependency, scopes: readonly string[] = []): App {
  const app = new App()
  app.get('/', { deps: { claims: security(dependency, { scopes }) } }, ({ claims }) => claims)
  return app
}

function invalid(detail: string) {
  return [
    401,
    `Bearer error="invalid_token", error_description="${detail}"`,
    { type: 'about:blank', title: 'Unauthorized', status: 401, detail, code: 'invalid_token' },
  ]
}

interface Asked {
  request(path: string, init?: RequestInit): Promise<Response>
}

async function ask({ request }: Asked, token: string) {
  const response = await request('/', { headers: { authorization: `Bearer ${token}` } })
  return [response.status, response.headers.get('www-authenticate'), await response.json()]
}

describeTransports('jwt', (serve) => {
  it('gives the claims of a token that is valid', async () => {
    const served = await serve(appWith(jwt(checked)))
    expect(await ask(served, tokenOf(hs, claims, byHmac(secret)))).toEqual([200, null, claims])
    expect(await ask(served, tokenOf(hs, { ...claims, aud: ['other', 'api'] }, byHmac(secret)))).toEqual([
      200,
      null,
      { ...claims, aud: ['other', 'api'] },
    ])
  })

  it.each<[string, string, string]>([
    ['no JWT', 'abc', 'The token is not a JWT'],
    ['two parts', 'abc.def', 'The token is not a JWT'],
    ['parts that are not JSON', 'YWJj.YWJj.YWJj', 'The token is not a JWT'],
    [
      'no signature',
      `${tokenOf(hs, claims, byHmac(secret)).split('.').slice(0, 2).join('.')}.`,
      'The signature of the token is not valid',
    ],
    [
      'the algorithm none',
      tokenOf({ alg: 'none' }, claims, () => Buffer.alloc(0)),
      'The token is signed with an algorithm that is not allowed',
    ],
    [
      'none in another case',
      tokenOf({ alg: 'nOnE' }, claims, () => Buffer.alloc(0)),
      'The token is signed with an algorithm that is not allowed',
    ],
    ['no algorithm', tokenOf({ typ: 'JWT' }, claims, byHmac(secret)), 'The token is not a JWT'],
    [
      'RS256',
      tokenOf({ alg: 'RS256' }, claims, byKey(rsa.privateKey)),
      'The token is signed with an algorithm that is not allowed',
    ],
    [
      'another secret',
      tokenOf(hs, claims, byHmac('another-secret-of-32-bytes-or-so')),
      'The signature of the token is not valid',
    ],
    [
      'a hash that is not the one it names',
      tokenOf(hs, claims, byHmac(secret, 'sha512')),
      'The signature of the token is not valid',
    ],
    ['other claims', tampered(), 'The signature of the token is not valid'],
    [
      'an extension that nobody knows',
      tokenOf({ ...hs, crit: ['x'], x: 1 }, claims, byHmac(secret)),
      'The token asks for something that is not supported',
    ],
    ['an end in the past', tokenOf(hs, { ...claims, exp: inSeconds(-1) }, byHmac(secret)), 'The token has expired'],
    ['no end', tokenOf(hs, { ...claims, exp: undefined }, byHmac(secret)), "The token does not say 'exp'"],
    [
      'an end that is no number',
      tokenOf(hs, { ...claims, exp: 'never' }, byHmac(secret)),
      "'exp' of the token is not valid",
    ],
    [
      'a beginning in the future',
      tokenOf(hs, { ...claims, nbf: inSeconds(60) }, byHmac(secret)),
      'The token is not valid yet',
    ],
    [
      'another issuer',
      tokenOf(hs, { ...claims, iss: 'https://evil.example' }, byHmac(secret)),
      'The token is from another issuer',
    ],
    ['no issuer', tokenOf(hs, { ...claims, iss: undefined }, byHmac(secret)), "The token does not say 'iss'"],
    [
      'another audience',
      tokenOf(hs, { ...claims, aud: ['other'] }, byHmac(secret)),
      'The token is for another audience',
    ],
    ['no audience', tokenOf(hs, { ...claims, aud: undefined }, byHmac(secret)), "The token does not say 'aud'"],
    ['claims that are a list', tokenOf(hs, [claims], byHmac(secret)), 'The token is not a JWT'],
  ])('refuses a token with %s', async (_name, token, detail) => {
    expect(await ask(await serve(appWith(jwt(checked))), token)).toEqual(invalid(detail))
  })

  it('refuses before it looks at the body', async () => {
    const app = new App()
    app.post('/', { deps: { claims: jwt(checked) }, body: z.object({ title: z.string() }) }, () => 'posted')
    const { request } = await serve(app)
    const init = { method: 'POST', body: '{"broken', headers: { authorization: 'Bearer abc' } }
    expect((await request('/', init)).status).toBe(401)
  })
})

/** Signed, and then changed. */
function tampered(): string {
  const [header, , signature] = tokenOf(hs, claims, byHmac(secret)).split('.')
  return [header, Buffer.from(JSON.stringify({ ...claims, sub: 'eve' })).toString('base64url'), signature].join('.')
}

describe('the keys of jwt', () => {
  it.each<[string, KeyObject, string, Parameters<typeof byKey>]>([
    ['RS256', rsa.publicKey, 'RS256', [rsa.privateKey]],
    ['RS512', rsa.publicKey, 'RS512', [rsa.privateKey, 'sha512']],
    ['ES256', ec.publicKey, 'ES256', [ec.privateKey]],
    ['EdDSA', ed25519.publicKey, 'EdDSA', [ed25519.privateKey, null]],
  ])('%s of a key in PEM', async (_name, publicKey, alg, signing) => {
    const served = await serveFetch(appWith(jwt({ publicKey: pemOf(publicKey) })))
    expect(await ask(served, tokenOf({ alg }, claims, byKey(...signing)))).toEqual([200, null, claims])
    expect(await ask(served, tokenOf({ alg: 'HS256' }, claims, byHmac(secret)))).toEqual(
      invalid('The token is signed with an algorithm that is not allowed'),
    )
  })

  it('a public key is never taken for a secret', async () => {
    const publicKey = pemOf(rsa.publicKey)
    const served = await serveFetch(appWith(jwt({ publicKey })))
    const confused = tokenOf(hs, claims, (input) => createHmac('sha256', publicKey).update(input).digest())
    expect(await ask(served, confused)).toEqual(invalid('The token is signed with an algorithm that is not allowed'))
  })

  it('only the algorithms that are named are allowed', async () => {
    const served = await serveFetch(appWith(jwt({ secret, algorithms: ['HS512'] })))
    expect(await ask(served, tokenOf(hs, claims, byHmac(secret)))).toEqual(
      invalid('The token is signed with an algorithm that is not allowed'),
    )
  })

  it('a set that is given', async () => {
    const keys = [jwkOf(rsa.publicKey, 'one'), jwkOf(ec.publicKey, 'two')]
    const served = await serveFetch(appWith(jwt({ jwks: { keys: keys as never } })))
    const signed = tokenOf({ alg: 'ES256', kid: 'two' }, claims, byKey(ec.privateKey))
    expect(await ask(served, signed)).toEqual([200, null, claims])
    const unknown = tokenOf({ alg: 'RS256', kid: 'three' }, claims, byKey(rsa.privateKey))
    expect(await ask(served, unknown)).toEqual(invalid('The token is signed with a key that is not known'))
    const symmetric = tokenOf({ alg: 'HS256', kid: 'one' }, claims, byHmac(pemOf(rsa.publicKey)))
    expect(await ask(served, symmetric)).toEqual(invalid('The token is signed with an algorithm that is not allowed'))
  })

  it('a key of a set that nobody can use spoils no other', async () => {
    const broken = { kty: 'EC', crv: 'P-256', x: 'AA', y: 'AA', kid: 'broken' }
    const keys = [jwkOf(shortRsa.publicKey, 'short'), broken, jwkOf(rsa.publicKey)]
    const served = await serveFetch(appWith(jwt({ jwks: { keys: keys as never } })))
    const unusable = invalid('The token is signed with a key that cannot be used')
    const short = tokenOf({ alg: 'RS256', kid: 'short' }, claims, byKey(shortRsa.privateKey))
    expect(await ask(served, short)).toEqual(unusable)
    const other = tokenOf({ alg: 'ES256', kid: 'broken' }, claims, byKey(ec.privateKey))
    expect(await ask(served, other)).toEqual(unusable)
    expect(await ask(served, tokenOf({ alg: 'RS256' }, claims, byKey(rsa.privateKey)))).toEqual([200, null, claims])
  })

  it('a token that names no key may be signed with any', async () => {
    const keys = [jwkOf(rsa.publicKey), jwkOf(otherRsa.publicKey)]
    const served = await serveFetch(appWith(jwt({ jwks: { keys: keys as never } })))
    const signed = tokenOf({ alg: 'RS256' }, claims, byKey(otherRsa.privateKey))
    expect(await ask(served, signed)).toEqual([200, null, claims])
    const expired = tokenOf({ alg: 'RS256' }, { ...claims, exp: 1 }, byKey(otherRsa.privateKey))
    expect(await ask(served, expired)).toEqual(invalid('The token has expired'))
    const keys2 = tokenOf({ alg: 'RS256' }, claims, () => Buffer.alloc(256))
    expect(await ask(served, keys2)).toEqual(invalid('The signature of the token is not valid'))
  })

  it.each<[string, Parameters<typeof jwt>[0], string]>([
    [
      'an RSA key that is too short',
      { publicKey: pemOf(shortRsa.publicKey) },
      'The RSA key of jwt() is too short: it needs 2048 bits at least',
    ],
    ['no key', {}, 'jwt() needs one of secret, publicKey and jwks'],
    ['two', { secret, publicKey: pemOf(rsa.publicKey) }, 'jwt() needs one of secret, publicKey and jwks'],
    ['a short secret', { secret: 'short' }, 'The secret of jwt() needs at least 32 bytes'],
    ['no PEM', { publicKey: 'abc' }, 'publicKey of jwt() is not a key in PEM'],
    [
      'HS256 with a public key',
      { publicKey: pemOf(rsa.publicKey), algorithms: ['HS256'] },
      'jwt() with this key can use RS256, RS384, RS512, PS256, PS384, PS512, not HS256',
    ],
    ['none', { secret, algorithms: ['none' as 'HS256'] }, 'can use HS256, HS384, HS512, not none'],
    ['no algorithm', { secret, algorithms: [] }, 'not no algorithm at all'],
    [
      'no set of keys',
      { jwks: { keys: 'none' } as never },
      'jwks is no set of keys: { keys: [{ kty, … }] } (RFC 7517)',
    ],
    ['keys over http', { jwks: 'http://id.example/keys' }, 'jwks has to be an https URL, not http://id.example/keys'],
    ['keys at no URL', { jwks: 'keys.json' }, 'jwks has to be an https URL, not keys.json'],
  ])('are refused at start: %s', (_name, options, message) => {
    expect(() => jwt(options)).toThrow(StartupError)
    expect(() => jwt(options)).toThrow(message)
  })
})

describe('a set of keys at a URL', () => {
  /** A server of keys that counts how often it is asked, and may be down. */
  async function keyServer() {
    const state = { keys: [jwkOf(rsa.publicKey, 'one')], isDown: false, asked: 0 }
    const app = new App({ logger: false })
    app.get('/keys', () => {
      state.asked++
      if (state.isDown) throw new Error('down')
      return { keys: state.keys }
    })
    const { url } = await serveHttp(app)
    return { state, url: `${url}/keys` }
  }
  const signedBy = (key: KeyObject, kid: string) => tokenOf({ alg: 'RS256', kid }, claims, byKey(key))
  const unavailable = [
    503,
    null,
    {
      type: 'about:blank',
      title: 'Service Unavailable',
      status: 503,
      detail: 'Tokens cannot be verified at the moment',
      code: 'keys_unavailable',
    },
  ]
  const failure = {
    message: 'The keys of tokens could not be fetched',
    error: 'Expected 200 OK from the JSON Web Key Set HTTP response',
  }

  it('is fetched once, and again when a token names a key that is not in it', async () => {
    const { state, url } = await keyServer()
    const served = await serveFetch(appWith(jwt({ jwks: { url, cooldownMs: 1e-9, timeoutMs: 4999.5 } })))
    expect(state.asked).toBe(0)
    expect(await ask(served, signedBy(rsa.privateKey, 'one'))).toEqual([200, null, claims])
    expect(await ask(served, signedBy(rsa.privateKey, 'one'))).toEqual([200, null, claims])
    expect(state.asked).toBe(1)
    state.keys = [jwkOf(otherRsa.publicKey, 'two')]
    expect(await ask(served, signedBy(otherRsa.privateKey, 'two'))).toEqual([200, null, claims])
    expect(state.asked).toBe(2)
    expect(await ask(served, signedBy(rsa.privateKey, 'one'))).toEqual(
      invalid('The token is signed with a key that is not known'),
    )
    expect(state.asked).toBe(3)
  })

  it('is not fetched for each token that names a key of its own', async () => {
    const { state, url } = await keyServer()
    const served = await serveFetch(appWith(jwt({ jwks: url })))
    for (const kid of ['one', 'x', 'y', 'z']) await ask(served, signedBy(rsa.privateKey, kid))
    expect(state.asked).toBe(1)
  })

  it('that cannot be had answers 503, not 401', async () => {
    vi.useFakeTimers({ toFake: ['Date', 'performance'], now: Date.now() })
    onTestFinished(() => void vi.useRealTimers())
    const { state, url } = await keyServer()
    const log = recorder()
    const app = new App({ logger: log.logger })
    app.get('/', { deps: { claims: jwt({ jwks: { url: new URL(url) } }) } }, ({ claims }) => claims)
    const served = await serveFetch(app)
    state.isDown = true
    const response = await served.request('/', {
      headers: { authorization: `Bearer ${signedBy(rsa.privateKey, 'one')}` },
    })
    expect(response.headers.get('retry-after')).toBe('5')
    expect([response.status, null, await response.json()]).toEqual(unavailable)
    expect(log.takeErrors()).toEqual([failure])
    state.isDown = false
    // Not asked again at once.
    expect(await ask(served, signedBy(rsa.privateKey, 'one'))).toEqual(unavailable)
    expect(state.asked).toBe(1)
    // Whatever becomes of the clock meanwhile.
    vi.setSystemTime(Date.now() - 3_600_000)
    vi.advanceTimersByTime(5_001)
    expect(await ask(served, signedBy(rsa.privateKey, 'one'))).toEqual([200, null, claims])
  })

  it('that cannot be had is told of once to the log, however many wait for it', async () => {
    const { state, url } = await keyServer()
    const log = recorder()
    const app = new App({ logger: log.logger })
    app.get('/', { deps: { claims: jwt({ jwks: url }) } }, ({ claims }) => claims)
    const served = await serveFetch(app)
    state.isDown = true
    const answers = await Promise.all([1, 2, 3].map(() => ask(served, signedBy(rsa.privateKey, 'one'))))
    expect([answers, state.asked, log.takeErrors()]).toEqual([[unavailable, unavailable, unavailable], 1, [failure]])
  })

  it('goes on being used while it cannot be fetched anew', async () => {
    const { state, url } = await keyServer()
    const log = recorder()
    const app = new App({ logger: log.logger })
    app.get('/', { deps: { claims: jwt({ jwks: { url, cacheMs: 1e-9, cooldownMs: 1e-9 } }) } }, ({ claims }) => claims)
    const served = await serveFetch(app)
    expect(await ask(served, signedBy(rsa.privateKey, 'one'))).toEqual([200, null, claims])
    state.isDown = true
    expect(await ask(served, signedBy(rsa.privateKey, 'one'))).toEqual([200, null, claims])
    expect(await ask(served, signedBy(otherRsa.privateKey, 'two'))).toEqual(unavailable)
    expect(log.takeErrors()).toEqual([failure, failure])
  })

  it('that nobody serves answers 503', async () => {
    const log = recorder()
    const app = new App({ logger: log.logger })
    const { url, close } = await serveHttp(new App())
    await close()
    app.get('/', { deps: { claims: jwt({ jwks: `${url}/keys` }) } }, ({ claims }) => claims)
    expect(await ask(await serveFetch(app), signedBy(rsa.privateKey, 'one'))).toEqual(unavailable)
    expect(log.takeErrors()).toEqual([{ message: failure.message, error: 'fetch failed' }])
  })
})

describe('claims', () => {
  const sign = (more: object) => tokenOf(hs, { ...claims, ...more }, byHmac(secret))

  it('are checked by a schema and get its types', async () => {
    const user = jwt({ secret, claims: z.object({ sub: z.string(), role: z.enum(['admin', 'reader']) }) })
    const app = new App()
    app.get('/', { deps: { user } }, ({ user }) => ({ is: user.role satisfies 'admin' | 'reader' }))
    const served = await serveFetch(app)
    expect(await ask(served, sign({ role: 'admin' }))).toEqual([200, null, { is: 'admin' }])
    expect(await ask(served, sign({ role: 'owner' }))).toEqual(
      invalid('The claims of the token are not what they have to be'),
    )
  })

  it.each([
    ['scope', { scope: 'me items' }],
    ['scp', { scp: ['me', 'items'] }],
    ['scopes', { scopes: ['items', 'me'] }],
  ])('of scopes are read from %s', async (_name, granted) => {
    const served = await serveFetch(appWith(jwt({ secret }), ['me', 'items']))
    expect((await ask(served, sign(granted)))[0]).toBe(200)
  })

  it('of scopes are found, whatever a schema leaves out', async () => {
    const served = await serveFetch(appWith(jwt({ secret, claims: z.object({ sub: z.string() }) }), ['me']))
    expect(await ask(served, sign({ scope: 'me' }))).toEqual([200, null, { sub: 'ada' }])
  })

  it('without a scope that is required are answered with 403', async () => {
    const served = await serveFetch(appWith(jwt({ secret }), ['me', 'items']))
    const lacking = [
      403,
      'Bearer error="insufficient_scope", scope="me items"',
      {
        type: 'about:blank',
        title: 'Forbidden',
        status: 403,
        detail: "This needs the scope 'me' and 'items'",
        code: 'insufficient_scope',
      },
    ]
    for (const granted of [{}, { scope: 'me' }, { scope: 'meitems' }, { scope: 7 }])
      expect(await ask(served, sign(granted))).toEqual(lacking)
  })

  it('are found by a function of the app', async () => {
    const user = jwt({ secret, claims: z.object({ roles: z.array(z.string()) }), scopesOf: ({ roles }) => roles })
    const served = await serveFetch(appWith(user, ['admin']))
    expect((await ask(served, sign({ roles: ['admin'] })))[0]).toBe(200)
    expect((await ask(served, sign({ roles: ['reader'] })))[0]).toBe(403)
  })

  it('may be a little late where clocks differ', async () => {
    const strict = await serveFetch(appWith(jwt({ secret })))
    const tolerant = await serveFetch(appWith(jwt({ secret, clockToleranceSeconds: 60 })))
    const late = sign({ exp: inSeconds(-30) })
    expect((await ask(strict, late))[0]).toBe(401)
    expect((await ask(tolerant, late))[0]).toBe(200)
  })

  it('that are not required may be missing', async () => {
    const served = await serveFetch(appWith(jwt({ secret, requiredClaims: [] })))
    expect((await ask(served, sign({ exp: undefined })))[0]).toBe(200)
  })
})

it('takes a token from a cookie', async () => {
  const token = apiKey({ in: 'cookie', name: 'token' })
  const { request } = await serveFetch(appWith(jwt({ secret, token })))
  const signed = tokenOf(hs, claims, byHmac(secret))
  expect(await (await request('/', { headers: { cookie: `token=${signed}` } })).json()).toEqual(claims)
  expect((await request('/', { headers: { authorization: `Bearer ${signed}` } })).headers.get('www-authenticate')).toBe(
    'APIKey',
  )
})

it('stands in the document as a bearer token, or as the scheme that gives it', () => {
  const schemesOf = (dependency: Dependency) => {
    const { components, paths } = appWith(dependency, ['me']).openapi() as unknown as {
      components: { securitySchemes: unknown }
      paths: Record<string, { get: { security: unknown } }>
    }
    return [components.securitySchemes, paths['/']?.get.security]
  }
  expect(schemesOf(jwt({ secret }))).toEqual([
    { jwt: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
    [{ jwt: ['me'] }],
  ])
  const token = oauth2Password({ tokenUrl: 'token', scopes: { me: 'Read me.' } })
  expect(schemesOf(jwt({ secret, token }))).toEqual([
    { oauth2: { type: 'oauth2', flows: { password: { tokenUrl: 'token', scopes: { me: 'Read me.' } } } } },
    [{ oauth2: ['me'] }],
  ])
})

describe('signJwt', () => {
  it('signs what jwt accepts', async () => {
    const served = await serveFetch(appWith(jwt({ secret, issuer: 'us' })))
    const token = await signJwt({ sub: 'ada', iss: 'us', iat: 1_700_000_000 }, { secret, expiresInSeconds: 60 })
    const [header = ''] = token.split('.')
    expect(JSON.parse(Buffer.from(header, 'base64url').toString())).toEqual({ alg: 'HS256', typ: 'JWT' })
    const [status, , body] = await ask(served, token)
    expect([status, body]).toEqual([200, { sub: 'ada', iss: 'us', iat: 1_700_000_000, exp: expect.any(Number) }])
    const left = (body as { exp: number }).exp - Date.now() / 1000
    expect(left).toBeGreaterThan(50)
    expect(left).toBeLessThanOrEqual(60)
  })

  it.each([
    ['RS256', rsa],
    ['ES256', ec],
    ['EdDSA', ed25519],
  ])('signs with a private key: %s', async (alg, { publicKey, privateKey }) => {
    const served = await serveFetch(appWith(jwt({ publicKey: pemOf(publicKey) })))
    const options = { privateKey: pemOf(privateKey), expiresInSeconds: 60, keyId: 'one' }
    const token = await signJwt({ sub: 'ada' }, options)
    const [header = ''] = token.split('.')
    expect(JSON.parse(Buffer.from(header, 'base64url').toString())).toEqual({ alg, typ: 'JWT', kid: 'one' })
    expect((await ask(served, token))[0]).toBe(200)
  })

  it('signs for ever only where that is said', async () => {
    const token = await signJwt({ sub: 'ada' }, { secret, expiresInSeconds: Number.POSITIVE_INFINITY })
    expect((await ask(await serveFetch(appWith(jwt({ secret, requiredClaims: [] }))), token))[0]).toBe(200)
    expect((await ask(await serveFetch(appWith(jwt({ secret }))), token))[0]).toBe(401)
    for (const expiresInSeconds of [0, -1, Number.NaN])
      await expect(signJwt({}, { secret, expiresInSeconds })).rejects.toThrow('expiresInSeconds of signJwt() has to be')
  })

  it('refuses an algorithm that is not of the key', async () => {
    const options = { privateKey: pemOf(ec.privateKey), algorithm: 'RS256', expiresInSeconds: 60 } as const
    await expect(signJwt({}, options)).rejects.toThrow('signJwt() with this key can use ES256, not RS256')
    await expect(signJwt({}, { expiresInSeconds: 60 })).rejects.toThrow('signJwt() needs either secret or privateKey')
  })
})
