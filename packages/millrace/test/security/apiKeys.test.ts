import { createHash } from 'node:crypto'
import { App, type Dependency } from 'millrace'
import {
  type ApiKeyStore,
  apiKey,
  apiKeys,
  generateApiKey,
  httpBearer,
  isSameSecret,
  MemoryApiKeyStore,
  security,
} from 'millrace/security'
import { describe, expect, it } from 'vitest'
import { describeTransports, serveFetch } from '../support/serve.ts'

function appWith(key: Dependency, scopes: readonly string[] = []): App {
  const app = new App()
  app.get('/', { deps: { key: security(key, { scopes }) } }, ({ key }) => key)
  return app
}

const refused = (detail: string, challenge = 'APIKey') => [
  401,
  challenge,
  { type: 'about:blank', title: 'Unauthorized', status: 401, detail, code: 'invalid_api_key' },
]

describeTransports('apiKeys', (serve) => {
  async function ask(app: App, headers: Record<string, string>) {
    const { request } = await serve(app)
    const response = await request('/', { headers })
    return [response.status, response.headers.get('www-authenticate'), await response.json()]
  }

  it('gives what is known of a key, but for its hash', async () => {
    const expiresAt = new Date('2999-01-01T00:00:00Z')
    const options = { prefix: 'mill', owner: 'ada', name: 'laptop', scopes: ['grind'], expiresAt }
    const { key, record } = generateApiKey(options)
    const app = appWith(apiKeys({ store: new MemoryApiKeyStore([record]) }), ['grind'])
    expect(await ask(app, { 'x-api-key': key })).toEqual([
      200,
      null,
      {
        id: record.id,
        owner: 'ada',
        name: 'laptop',
        scopes: ['grind'],
        createdAt: record.createdAt.toISOString(),
        expiresAt: '2999-01-01T00:00:00.000Z',
      },
    ])
  })

  it('refuses keys that are not known', async () => {
    const { key, record } = generateApiKey()
    const app = () => appWith(apiKeys({ store: new MemoryApiKeyStore([record]) }))
    const another = generateApiKey().key
    const sameId = `key_${record.id}_${another.split('_').slice(2).join('_')}`
    for (const wrong of [
      another,
      sameId,
      key.slice(0, -1),
      `${key}x`,
      key.replace('key', 'kee'),
      'x'.repeat(8000),
      'a_b_c',
    ])
      expect(await ask(app(), { 'x-api-key': wrong })).toEqual(refused('The API key is not known'))
  })

  it('refuses keys that have been revoked or have expired', async () => {
    const revoked = generateApiKey()
    const expired = generateApiKey({ expiresAt: new Date(Date.now() - 1) })
    const store = new MemoryApiKeyStore([revoked.record, expired.record])
    expect([store.revoke(revoked.record.id), store.revoke('none')]).toEqual([true, false])
    expect(await ask(appWith(apiKeys({ store })), { 'x-api-key': revoked.key })).toEqual(
      refused('The API key has been revoked'),
    )
    expect(await ask(appWith(apiKeys({ store })), { 'x-api-key': expired.key })).toEqual(
      refused('The API key has expired'),
    )
  })

  it('refuses keys that lack a scope', async () => {
    const { key, record } = generateApiKey({ scopes: ['grind'] })
    const app = appWith(apiKeys({ store: new MemoryApiKeyStore([record]) }), ['grind', 'clean'])
    expect(await ask(app, { 'x-api-key': key })).toEqual([
      403,
      'APIKey error="insufficient_scope", scope="grind clean"',
      {
        type: 'about:blank',
        title: 'Forbidden',
        status: 403,
        detail: "This needs the scope 'grind' and 'clean'",
        code: 'insufficient_scope',
      },
    ])
  })

  it('reads the key by another scheme', async () => {
    const { key, record } = generateApiKey()
    const store = new MemoryApiKeyStore([record])
    const bearer = () => appWith(apiKeys({ store, key: httpBearer() }))
    expect((await ask(bearer(), { authorization: `Bearer ${key}` }))[0]).toBe(200)
    expect(await ask(bearer(), { authorization: 'Bearer x' })).toEqual(
      refused('The API key is not known', 'Bearer error="invalid_token"'),
    )
    const cookie = appWith(apiKeys({ store, key: apiKey({ in: 'cookie', name: 'key' }) }))
    expect((await ask(cookie, { cookie: `key=${key}` }))[0]).toBe(200)
  })
})

it('looks up only what can be a key, and once for each request', async () => {
  const { key, record } = generateApiKey()
  const asked: string[] = []
  const store: ApiKeyStore = {
    find: async (id) => {
      asked.push(id)
      return id === record.id ? record : undefined
    },
  }
  const keys = apiKeys({ store })
  const app = new App()
  app.get('/', { deps: { a: keys, b: security(keys, { scopes: [] }) } }, ({ a, b }) => a === b)
  const { request } = await serveFetch(app)
  expect(await (await request('/', { headers: { 'x-api-key': key } })).json()).toBe(true)
  for (const wrong of ["'; drop table keys", '../../keys', 'x'.repeat(9000), key.toUpperCase()])
    await request('/', { headers: { 'x-api-key': wrong } })
  expect(asked).toEqual([record.id])
})

it('leaves no key in the log', async () => {
  const lines: string[] = []
  const note = (message: string, fields?: object) => void lines.push(message + JSON.stringify(fields))
  const { key, record } = generateApiKey()
  const app = new App({ logger: { debug: note, info: note, warn: note, error: note } })
  const store: ApiKeyStore = {
    find: () => {
      throw new Error('The store is down')
    },
  }
  app.get('/', { deps: { key: apiKeys({ store }) } }, () => 'hello')
  const { request } = await serveFetch(app)
  expect((await request('/', { headers: { 'x-api-key': key } })).status).toBe(500)
  expect(lines).toHaveLength(1)
  expect(lines[0]).not.toContain(key)
  expect(lines[0]).not.toContain(record.hash)
})

describe('generateApiKey', () => {
  it('makes keys of 256 random bits whose record does not hold them', () => {
    const { key, record } = generateApiKey({ prefix: 'mill' })
    expect(key).toMatch(/^mill_[0-9a-f]{16}_[A-Za-z0-9_-]{43}$/)
    expect(record.id).toBe(key.split('_')[1])
    expect(record.hash).toBe(createHash('sha256').update(key).digest('hex'))
    expect(JSON.stringify(record)).not.toContain(key.slice(-43))
    expect(generateApiKey().key).not.toBe(generateApiKey().key)
  })

  it('refuses a prefix that would make them ambiguous', () => {
    expect(() => generateApiKey({ prefix: 'a_b' })).toThrow("The prefix 'a_b' has to be of letters and digits")
  })
})

it('compares secrets of any length', () => {
  expect([isSameSecret('a', 'a'), isSameSecret('a', 'b'), isSameSecret('a', 'aa'), isSameSecret('', '')]).toEqual([
    true,
    false,
    false,
    true,
  ])
})
