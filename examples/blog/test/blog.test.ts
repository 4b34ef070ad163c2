import { createTestClient } from 'millrace/testing'
import { expect, it } from 'vitest'
import type * as routes from '../app.ts'
import { app } from '../app.ts'
import { config } from '../config.ts'

type Client = Awaited<ReturnType<typeof visitor>>

/** A browser at a blog of its own, with an empty database. */
async function visitor() {
  const own = app.with({ overrides: [[config, () => ({ secretKey: 'dev', database: ':memory:' })]] })
  return createTestClient<typeof routes>(own)
}

const post = (client: Client, path: string, fields: Record<string, string> = {}) =>
  client.request(path, { method: 'POST', body: new URLSearchParams(fields) })

const ada = { username: 'ada', password: 'engine' }
const bob = { username: 'bob', password: 'bolt' }

async function signIn(client: Client, user: typeof ada): Promise<void> {
  await post(client, '/auth/register', user)
  expect((await post(client, '/auth/login', user)).status).toBe(200)
}

const flashes = (text: string) => [...text.matchAll(/<p class="flash">(.*)<\/p>/g)].map(([, message]) => message)
const signOut = (client: Client) => post(client, '/auth/logout')

it('registers, sends to the login page, and tells what is wrong', async () => {
  await using client = await visitor()
  const done = await post(client, '/auth/register', ada)
  expect([done.status, await done.text()]).toEqual([200, expect.stringContaining('<h2>Log in</h2>')])
  expect(client.history.map(({ status, headers }) => [status, headers.get('location')])).toEqual([[303, '/auth/login']])
  const told = async (fields: Record<string, string>) =>
    flashes(await (await post(client, '/auth/register', fields)).text())
  expect(await told({ username: '', password: 'a' })).toEqual(['Username is required.'])
  expect(await told({ username: 'a' })).toEqual(['Password is required.'])
  expect(await told(ada)).toEqual(['User ada is already registered.'])
})

it('signs in and out', async () => {
  await using client = await visitor()
  await post(client, '/auth/register', ada)
  const told = async (fields: Record<string, string>) =>
    flashes(await (await post(client, '/auth/login', fields)).text())
  expect(await told({ username: 'eve', password: 'engine' })).toEqual(['Incorrect username.'])
  expect(await told({ username: 'ada', password: 'wrong' })).toEqual(['Incorrect password.'])
  expect(client.cookies.names()).toEqual([])
  expect(await (await post(client, '/auth/login', ada)).text()).toContain('<span>ada</span>')
  expect(client.cookies.names()).toEqual(['session'])
  expect(await (await signOut(client)).text()).toContain('Log in')
})

it('sends strangers to the login page, and does nothing for them', async () => {
  await using client = await visitor()
  for (const path of ['/create', '/1/update', '/1/delete']) {
    const answer = await post(client, path, { title: 'a', body: 'b' })
    expect([client.history[0]?.status, await answer.text()]).toEqual([303, expect.stringContaining('<h2>Log in</h2>')])
  }
  expect(await (await client.request('/')).text()).toContain('Nobody has written anything yet.')
})

it('writes, changes and deletes posts, and escapes them', async () => {
  await using client = await visitor()
  await signIn(client, ada)
  expect(flashes(await (await post(client, '/create', { title: '', body: 'kept' })).text())).toEqual([
    'Title is required.',
  ])
  const written = await (await post(client, '/create', { title: '<b>First</b>', body: 'one & two' })).text()
  expect(written).toContain('<h3>&lt;b&gt;First&lt;/b&gt;</h3>')
  expect(written).toContain('one &amp; two')
  expect(written).toMatch(/by ada on \d{4}-\d\d-\d\d/)
  const changed = await (await post(client, '/1/update', { title: 'Second', body: '' })).text()
  expect(changed).toContain('<h3>Second</h3>')
  expect(flashes(await (await post(client, '/1/update', { title: '', body: 'draft' })).text())).toEqual([
    'Title is required.',
  ])
  expect(await (await post(client, '/1/delete')).text()).toContain('Nobody has written anything yet.')
})

it('keeps posts from all but their authors', async () => {
  await using client = await visitor()
  await signIn(client, ada)
  await post(client, '/create', { title: 'Mine', body: '' })
  await signOut(client)
  await signIn(client, bob)
  const index = await (await client.request('/')).text()
  expect([index.includes('Mine'), index.includes('/1/update')]).toEqual([true, false])
  for (const path of ['/1/update', '/1/delete']) {
    const refused = await post(client, path, { title: 'Mine now', body: '' })
    expect([refused.status, await refused.text()]).toEqual([403, expect.stringContaining('Only its author')])
  }
})

it.each([
  ['/7/update', 'Post id 7 doesn&#39;t exist.'],
  ['/seven/update', 'There is no such page'],
])('answers %s with a page of 404', async (path, detail) => {
  await using client = await visitor()
  await signIn(client, ada)
  const missing = await client.request(path)
  expect([missing.status, missing.headers.get('content-type')]).toEqual([404, 'text/html; charset=utf-8'])
  expect(await missing.text()).toContain(detail)
})

it('refuses what other sites make a browser send', async () => {
  await using client = await visitor()
  await signIn(client, ada)
  const forged = await client.request('/create', {
    method: 'POST',
    body: new URLSearchParams({ title: 'Forged' }),
    headers: { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' },
  })
  expect([forged.status, await forged.text()]).toEqual([403, expect.stringContaining('<h2>403</h2>')])
})

it('serves its style', async () => {
  await using client = await visitor()
  const style = await client.request('/static/style.css')
  expect([style.status, style.headers.get('content-type')]).toEqual([200, 'text/css; charset=utf-8'])
})
