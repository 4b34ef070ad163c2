import { App, type Dependencies, dependency, fail, HttpError, Router } from 'millrace'
import { anyOf, apiKey, httpBearer, oauth2Password, requiredScopes, requireScopes, security } from 'millrace/security'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { describeTransports, serveFetch } from '../support/serve.ts'

const token = oauth2Password({ tokenUrl: 'token', scopes: { me: 'Read me.', items: 'Read items.' } })

/** A user whose token is the list of scopes. */
const currentUser = dependency(
  { label: 'currentUser', deps: { token, scopes: requiredScopes } },
  ({ token, scopes }) => {
    requireScopes(token.split(','), scopes)
    return { scopes }
  },
)
const activeUser = dependency(
  { label: 'activeUser', deps: { user: security(currentUser, { scopes: ['me'] }) } },
  ({ user }) => user,
)

function securityOf<D extends Dependencies>(app: App<D>, path = '/'): unknown {
  const { paths } = app.openapi() as unknown as { paths: Record<string, { get: { security: unknown } }> }
  return paths[path]?.get.security
}

describeTransports('scopes', (serve) => {
  it('are collected along the chain of dependencies, those of who asks first', async () => {
    const app = new App()
    app.get('/', { deps: { user: security(activeUser, { scopes: ['items'] }) } }, ({ user }) => user)
    const { request } = await serve(app)
    expect(await (await request('/', { headers: { authorization: 'Bearer me,items' } })).json()).toEqual({
      scopes: ['items', 'me'],
    })
    expect(securityOf(app)).toEqual([{ oauth2: ['items', 'me'] }])
  })

  it('that were not granted are answered with 403', async () => {
    const app = new App()
    app.get('/', { deps: { user: security(activeUser, { scopes: ['items'] }) } }, ({ user }) => user)
    const { request } = await serve(app)
    const response = await request('/', { headers: { authorization: 'Bearer items' } })
    expect([response.status, response.headers.get('www-authenticate'), await response.json()]).toEqual([
      403,
      'Bearer error="insufficient_scope", scope="items me"',
      {
        type: 'about:blank',
        title: 'Forbidden',
        status: 403,
        detail: "This needs the scope 'items' and 'me'",
        code: 'insufficient_scope',
      },
    ])
  })

  it('of app, router and operation add up where they name one dependency', async () => {
    const app = new App({ deps: { user: security(currentUser, { scopes: ['app'] }) } })
    const router = new Router({ prefix: '/r', deps: { user: security(currentUser, { scopes: ['router', 'app'] }) } })
    router.get('/', { deps: { user: security(currentUser, { scopes: ['operation'] }) } }, ({ user }) => user)
    app.include(router)
    const { request } = await serve(app)
    const response = await request('/r', { headers: { authorization: 'Bearer app,operation,router' } })
    expect(await response.json()).toEqual({ scopes: ['app', 'router', 'operation'] })
    expect(securityOf(app, '/r')).toEqual([{ oauth2: ['app', 'router', 'operation'] }])
  })

  it('make a dependency once for each set of them', async () => {
    let made = 0
    const counted = dependency({ deps: { scopes: requiredScopes } }, ({ scopes }) => `${++made}: ${scopes.join()}`)
    const app = new App()
    const deps = {
      a: security(counted, { scopes: ['x', 'y'] }),
      b: security(counted, { scopes: ['y', 'x'] }),
      c: security(counted, { scopes: ['x'] }),
      d: counted,
    }
    app.get('/', { deps }, ({ a, b, c, d }) => [a, b, c, d])
    const { request } = await serve(app)
    expect(await (await request('/')).json()).toEqual(['1: x,y', '1: x,y', '2: x', '3: '])
  })

  it('leave alone what asks nobody who asks', async () => {
    let opened = 0
    const db = dependency(() => ++opened)
    const user = dependency({ deps: { db, scopes: requiredScopes } }, ({ db }) => db)
    const app = new App()
    app.get('/', { deps: { a: security(user, { scopes: ['x'] }), b: user, db } }, ({ a, b, db }) => [a, b, db])
    const { request } = await serve(app)
    expect(await (await request('/')).json()).toEqual([1, 1, 1])
  })

  it('keep an override of the dependency that they are asked of', async () => {
    const app = new App()
    app.get('/', { deps: { user: security(activeUser, { scopes: ['items'] }) } }, ({ user }) => user)
    const { request } = await serve(app.with({ overrides: [[currentUser, () => ({ scopes: ['fake'] })]] }))
    expect(await (await request('/')).json()).toEqual({ scopes: ['fake'] })
  })

  it('go along with an override that is asked for more, and with one of a single place', async () => {
    const seen = dependency({ deps: { scopes: requiredScopes } }, ({ scopes }) => ({ scopes }))
    const place = security(currentUser, { scopes: ['a'] })
    const app = new App()
    app.get('/place', { deps: { user: place } }, ({ user }) => user)
    app.get('/other', { deps: { user: security(currentUser, { scopes: ['b'] }) } }, ({ user }) => user)
    const overrides = [
      [currentUser, security(seen, { scopes: ['more'] })],
      [place, () => ({ scopes: ['here'] })],
    ] as const
    const { request } = await serve(app.with({ overrides }))
    expect(await (await request('/other')).json()).toEqual({ scopes: ['b', 'more'] })
    expect(await (await request('/place')).json()).toEqual({ scopes: ['here'] })
  })

  it('make a guard of what needs a scheme, unless it says that it is none', async () => {
    const refuse = () => {
      throw new HttpError(401, 'Unknown token')
    }
    const guard = dependency({ deps: { token } }, refuse)
    const late = dependency({ deps: { token }, guard: false }, refuse)
    const app = new App()
    app.post('/guard', { deps: { guard }, body: z.object({}) }, () => 'posted')
    app.post('/late', { deps: { late }, body: z.object({}) }, () => 'posted')
    const { request } = await serve(app)
    const init = { method: 'POST', body: '{', headers: { authorization: 'Bearer x' } }
    expect([(await request('/guard', init)).status, (await request('/late', init)).status]).toEqual([401, 415])
  })

  it('come before any input is checked, and what has inputs of its own after all of them', async () => {
    const made: string[] = []
    const user = dependency({ deps: { token } }, ({ token }) => {
      made.push('user')
      return token === 'right' ? 'ada' : fail(401, 'Unknown token')
    })
    const tenant = dependency({ guard: true, headers: z.object({ 'x-tenant': z.string() }), deps: { user } }, () => {
      made.push('tenant')
    })
    const owned = dependency({ params: z.object({ id: z.int() }), deps: { user } }, ({ params, user }) => {
      made.push('owned')
      return `${user} ${params.id}`
    })
    const app = new App()
    const deps = { owned, tenant }
    app.post('/:id', { deps, body: z.object({ title: z.string() }) }, ({ owned, body }) => [owned, body.title])
    const { request } = await serve(app)
    const ask = async (credentials: string, path: string, body: unknown, tenant?: string) => {
      const headers = { authorization: `Bearer ${credentials}`, 'content-type': 'application/json' }
      const init = {
        method: 'POST',
        body: JSON.stringify(body),
        headers: { ...headers, ...(tenant ? { 'x-tenant': tenant } : {}) },
      }
      const response = await request(path, init)
      const { status, errors } = (await response.json()) as { status?: number; errors?: { in: string }[] }
      return [status ?? response.status, errors?.map((issue) => issue.in), made.splice(0)]
    }
    expect(await ask('wrong', '/x', {})).toEqual([401, undefined, ['user']])
    expect(await ask('right', '/x', {})).toEqual([422, ['headers'], ['user']])
    expect(await ask('right', '/x', {}, 'mill')).toEqual([422, ['params', 'body'], ['user', 'tenant']])
    expect(await ask('right', '/3', { title: 'a' }, 'mill')).toEqual([200, undefined, ['user', 'tenant', 'owned']])
  })
})

const bearer = httpBearer()
const key = apiKey({ in: 'header', name: 'X-Key' })
const userOfToken = dependency({ deps: { bearer, scopes: requiredScopes } }, async ({ bearer, scopes }) => {
  if (!bearer.startsWith('t-'))
    throw new HttpError(401, 'Unknown token', { headers: { 'www-authenticate': 'Bearer error="invalid_token"' } })
  requireScopes(bearer.slice(2).split(','), scopes)
  return `user ${bearer}`
})
const serviceOfKey = dependency({ deps: { key } }, ({ key }) => {
  if (key === 'broken') throw new HttpError(503, 'The store is down')
  if (key !== 'k') throw new HttpError(401, 'Unknown key', { headers: { 'www-authenticate': 'APIKey' } })
  return 'service'
})
const caller = anyOf(userOfToken, serviceOfKey)

describeTransports('anyOf', (serve) => {
  const app = () => {
    const made = new App()
    made.get('/', { deps: { caller: security(caller, { scopes: ['x'] }) } }, ({ caller }) => caller)
    return made
  }

  it.each([
    ['the first', { authorization: 'Bearer t-x' }, 200, null, 'user t-x'],
    ['the second', { 'x-key': 'k' }, 200, null, 'service'],
    ['the first of both', { authorization: 'Bearer t-x', 'x-key': 'k' }, 200, null, 'user t-x'],
    ['the second where the first is wrong', { authorization: 'Bearer u', 'x-key': 'k' }, 200, null, 'service'],
    ['neither', {}, 401, 'Bearer, APIKey', 'Not authenticated'],
    ['a wrong one', { 'x-key': 'q' }, 401, 'Bearer, APIKey', 'Unknown key'],
    ['a wrong first', { authorization: 'Bearer u' }, 401, 'Bearer error="invalid_token", APIKey', 'Unknown token'],
    [
      'one without the scope',
      { authorization: 'Bearer t-y', 'x-key': 'q' },
      403,
      'Bearer error="insufficient_scope", scope="x", APIKey',
      "This needs the scope 'x'",
    ],
    ['one that cannot tell', { 'x-key': 'broken' }, 503, null, 'The store is down'],
  ])('with %s', async (_name, headers: Record<string, string>, status, challenge, told) => {
    const { request } = await serve(app())
    const response = await request('/', { headers })
    const body = await response.text()
    expect([response.status, response.headers.get('www-authenticate')]).toEqual([status, challenge])
    expect(status === 200 ? body : JSON.parse(body).detail).toBe(told)
  })

  it('is documented as alternatives, each with all that it needs', () => {
    expect(securityOf(app())).toEqual([{ bearer: ['x'] }, { 'X-Key': ['x'] }])
    const both = new App()
    const session = apiKey({ in: 'cookie', name: 'session' })
    both.get('/', { deps: { caller, session } }, () => 'hello')
    expect(securityOf(both)).toEqual([
      { bearer: [], session: [] },
      { 'X-Key': [], session: [] },
    ])
  })

  it('stands beside a guard that has to accept in any case', async () => {
    const strict = new App()
    strict.get('/', { deps: { caller, bearer } }, ({ caller, bearer }) => [caller, bearer])
    const { request } = await serve(strict)
    expect((await request('/', { headers: { 'x-key': 'k' } })).status).toBe(401)
    const response = await request('/', { headers: { 'x-key': 'k', authorization: 'Bearer u' } })
    expect(await response.json()).toEqual(['service', 'u'])
    expect(securityOf(strict)).toEqual([{ bearer: [] }, { 'X-Key': [], bearer: [] }])
  })

  it('goes on without credentials where one of its guards does and no other has any', async () => {
    const open = new App()
    open.get('/', { deps: { who: anyOf(httpBearer({ optional: true }), key) } }, ({ who }) => who ?? 'nobody')
    const { request } = await serve(open)
    expect(await (await request('/')).text()).toBe('nobody')
    expect(await (await request('/', { headers: { 'x-key': 'q' } })).text()).toBe('q')
    expect(securityOf(open)).toEqual([{ bearer: [] }, {}, { 'X-Key': [] }])
  })
})

it('throws what the furthest has thrown where that says everything', async () => {
  class Locked extends HttpError {}
  const locked = dependency({ deps: { bearer } }, () => {
    throw new Locked(401, 'Locked', { headers: { 'www-authenticate': 'Bearer' } })
  })
  const other = httpBearer({ schemeName: 'other' })
  const app = new App()
  app.onError(Locked, () => 'This account is locked')
  app.get(
    '/',
    {
      deps: {
        who: anyOf(
          locked,
          dependency({ deps: { other } }, () => fail(401, 'No')),
        ),
      },
    },
    () => 'hello',
  )
  const { request } = await serveFetch(app)
  const response = await request('/', { headers: { authorization: 'Bearer x' } })
  expect([response.status, await response.text()]).toEqual([401, 'This account is locked'])
})

it('refuses an alternative that asks for no credentials', () => {
  const anyone = dependency({ label: 'anyone' }, () => 'me')
  expect(() => anyOf(bearer, anyone)).toThrow("'anyone' asks for no credentials: anyOf() cannot tell when to take it")
})
