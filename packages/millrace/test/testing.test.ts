import { App, dependency } from 'millrace'
import { createTestClient } from 'millrace/testing'
import { expect, it } from 'vitest'
import { z } from 'zod'

function makeApi() {
  const seen: string[] = []
  const app = new App({ logger: false })
  app.lifespan(async function* () {
    seen.push('lifespan begins')
    yield
    seen.push('lifespan ends')
  })
  const pool = dependency({ scope: 'app' }, async function* () {
    seen.push('pool opens')
    yield { size: 3 }
    seen.push('pool closes')
  })
  const cookies = z.object({ session: z.string().optional(), theme: z.string().optional() })
  const api = {
    pooled: app.get('/pooled', { deps: { pool } }, ({ pool }) => pool.size),
    logIn: app.post('/log-in', { body: z.object({ user: z.string() }) }, ({ body, response }) => {
      response.setCookie('session', `${body.user}; ü`, { httpOnly: true, path: '/' })
      response.setCookie('theme', 'dark', { path: '/admin' })
    }),
    logOut: app.post('/log-out', ({ response }) => response.deleteCookie('session', { path: '/' })),
    whoAmI: app.get('/who-am-i', { cookies }, ({ cookies }) => cookies),
    admin: app.get('/admin/who-am-i', { cookies }, ({ cookies }) => cookies),
    header: app.get('/header', { headers: z.object({ 'x-key': z.string() }) }, ({ headers }) => headers['x-key']),
  }
  return { app, api, seen, pool }
}

type Api = ReturnType<typeof makeApi>['api']

it('runs the life of the app around the calls', async () => {
  const { app, seen } = makeApi()
  {
    await using client = createTestClient<Api>(app)
    expect(await client.get('/pooled')).toBe(3)
    expect(seen).toEqual(['lifespan begins', 'pool opens'])
  }
  expect(seen).toEqual(['lifespan begins', 'pool opens', 'pool closes', 'lifespan ends'])
  expect(app.state).toBe('stopped')
})

it('starts and stops the app also when nothing is called', async () => {
  const { app, seen } = makeApi()
  const client = createTestClient<Api>(app)
  await client.close()
  expect(seen).toEqual(['lifespan begins', 'pool opens', 'pool closes', 'lifespan ends'])
})

it('throws what the start-up throws', async () => {
  const app = new App({ logger: false })
  app.lifespan(async function* () {
    yield* [] as never[]
    throw new Error('no database')
  })
  const client = createTestClient<{ root: ReturnType<typeof app.get<'/', string>> }>(app)
  await expect(client.get('/')).rejects.toThrow('no database')
  await client.close()
})

it('serves a copy with other dependencies beside the app', async () => {
  const { app, pool } = makeApi()
  await using real = createTestClient<Api>(app)
  await using fake = createTestClient<Api>(app.with({ overrides: [[pool, () => ({ size: 9 })]] }))
  expect(await Promise.all([real.get('/pooled'), fake.get('/pooled')])).toEqual([3, 9])
})

it('keeps cookies between calls, until they end', async () => {
  const { app } = makeApi()
  await using client = createTestClient<Api>(app)
  expect(await client.get('/who-am-i')).toEqual({})
  await client.post('/log-in', { body: { user: 'ada' } })
  expect(await client.get('/who-am-i')).toEqual({ session: 'ada; ü' })
  expect(await client.get('/admin/who-am-i')).toEqual({ session: 'ada; ü', theme: 'dark' })
  expect(await client.get('/who-am-i', { cookies: { session: 'own' } })).toEqual({ session: 'own' })
  await client.post('/log-out')
  expect(await client.get('/who-am-i')).toEqual({})
})

it('keeps the cookies of each client apart, and sends headers with every call', async () => {
  const { app } = makeApi()
  await using one = createTestClient<Api>(app, { headers: { 'x-key': 'k' } })
  await using other = createTestClient<Api>(app)
  await one.post('/log-in', { body: { user: 'ada' } })
  expect(await other.get('/who-am-i')).toEqual({})
  expect(await one.get('/header', { headers: { 'x-key': 'own' } })).toBe('own')
})
