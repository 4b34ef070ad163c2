import { jwt, signJwt } from 'millrace/security'
import { describe, expect, it } from 'vitest'
import { ec, ed25519, pemOf, rsa, secret } from '../support/jwt.ts'
import { appWith, ask } from '../support/jwtApp.ts'
import { serveFetch } from '../support/serve.ts'

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
