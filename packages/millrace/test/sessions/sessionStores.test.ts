import { setImmediate as turn } from 'node:timers/promises'
import { MemorySessionStore, type SessionStore, sessions } from 'millrace/sessions'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { recorder, serveFetch } from '../support/serve.ts'
import { appWith, Browser, secret } from '../support/sessionApp.ts'

afterEach(() => {
  vi.useRealTimers()
})

describe('a store', () => {
  it('that fails answers 500, and nothing is set', async () => {
    const log = recorder()
    const store: SessionStore = {
      get: () => undefined,
      set: async () => {
        await turn()
        throw new Error('The store is down')
      },
      delete: () => undefined,
    }
    const browser = new Browser(await serveFetch(appWith({ store }, log.logger).app))
    const { status, set } = await browser.ask('/sign-in', 'POST')
    expect([status, set]).toEqual([500, undefined])
    expect(log.takeErrors()).toEqual([{ message: 'An error was not handled', error: 'The store is down' }])
  })

  it('in memory forgets what is old, and the oldest of too many', () => {
    vi.useFakeTimers({ toFake: ['Date'], now: 0 })
    const store = new MemorySessionStore({ maxSessions: 2 })
    const data = { list: [1] }
    store.set('a', data, 10)
    data.list.push(2)
    expect(store.get('a')).toEqual({ list: [1] })
    vi.setSystemTime(10_000)
    expect(store.get('a')).toBeUndefined()
    for (const id of ['b', 'c', 'b', 'd']) store.set(id, { id }, 10)
    expect([store.get('b'), store.get('c'), store.get('d')]).toEqual([{ id: 'b' }, undefined, { id: 'd' }])
    store.delete('b')
    expect(store.get('b')).toBeUndefined()
  })

  it('takes no session that was kept in a cookie for the id of one', async () => {
    const store = new MemorySessionStore()
    store.set('known', { userId: 1 }, 60)
    const cookie = await sessions({ secret }).encode({ id: 'known' })
    expect(await sessions({ secret, store }).decode(cookie)).toBeUndefined()
  })

  it('does not go with a cookie of Python', () => {
    expect(() => sessions({ secret, format: 'flask', store: new MemorySessionStore() })).toThrow(
      'With a store the cookie is no cookie of flask: leave out one of them',
    )
  })
})
