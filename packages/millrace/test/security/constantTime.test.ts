import { App } from 'millrace'
import { apiKeys, generateApiKey, isSameSecret, MemoryApiKeyStore } from 'millrace/security'
import { sessions } from 'millrace/sessions'
import { beforeEach, expect, it, vi } from 'vitest'

const compared = vi.hoisted(() => ({ times: 0 }))

// Time itself cannot be asserted; that secrets are compared by nothing else can.
vi.mock('node:crypto', async (original) => {
  const crypto = await original<typeof import('node:crypto')>()
  const timingSafeEqual: typeof crypto.timingSafeEqual = (first, second) => {
    compared.times++
    return crypto.timingSafeEqual(first, second)
  }
  return { ...crypto, default: { ...crypto, timingSafeEqual }, timingSafeEqual }
})

beforeEach(() => {
  compared.times = 0
})

it('secrets are compared in constant time', () => {
  expect([isSameSecret('a', 'b'), isSameSecret('a', 'a')]).toEqual([false, true])
  expect(compared.times).toBe(2)
})

it('keys are, known or not', async () => {
  const { key, record } = generateApiKey()
  const app = new App()
  app.get('/', { deps: { key: apiKeys({ store: new MemoryApiKeyStore([record]) }) } }, () => 'hello')
  const ask = async (given: string) => (await app.request('/', { headers: { 'x-api-key': given } })).status
  expect([await ask(key), await ask(generateApiKey().key), await ask('x')]).toEqual([200, 401, 401])
  expect(compared.times).toBe(3)
  await app.stop()
})

it('signatures of sessions are', async () => {
  const { encode, decode } = sessions({ secret: 'a-secret-of-32-bytes-for-testing' })
  const cookie = await encode({ user: 3 })
  const other = cookie.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A'))
  expect([await decode(cookie), await decode(other)]).toEqual([{ user: 3 }, undefined])
  expect(compared.times).toBe(2)
})
