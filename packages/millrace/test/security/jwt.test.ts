import { App, type Dependency } from 'millrace'
import { apiKey, jwt, oauth2Password } from 'millrace/security'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { byHmac, byKey, inSeconds, rsa, secret, tokenOf } from '../support/jwt.ts'
import { appWith, ask, checked, claims, hs, invalid } from '../support/jwtApp.ts'
import { describeTransports, serveFetch } from '../support/serve.ts'

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
