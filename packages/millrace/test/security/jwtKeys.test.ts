import { createHmac, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { App, StartupError } from 'millrace'
import { jwt } from 'millrace/security'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { byHmac, byKey, ec, ed25519, jwkOf, otherRsa, pemOf, rsa, secret, tokenOf } from '../support/jwt.ts'
import { appWith, ask, claims, hs, invalid } from '../support/jwtApp.ts'
import { recorder, serveFetch, serveHttp } from '../support/serve.ts'

const shortRsa = generateKeyPairSync('rsa', { modulusLength: 1024 })

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
