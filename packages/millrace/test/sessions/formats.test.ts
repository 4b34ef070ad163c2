import { readFileSync } from 'node:fs'
import { Markup, type SessionsOptions, sessions, Tuple, Uuid } from 'millrace/sessions'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

interface Vectors {
  readonly now: number
  readonly key: string
  readonly 'old key': string
  readonly flask: Readonly<Record<string, string>>
  readonly 'flask by the old key': string
  readonly starlette: Readonly<Record<string, string>>
  readonly 'starlette by the old key': string
}

// Made by the Python packages themselves: see make_vectors.py beside it.
const vectors: Vectors = JSON.parse(readFileSync(new URL('../fixtures/sessions/vectors.json', import.meta.url), 'utf8'))

const values: Readonly<Record<string, Record<string, unknown>>> = {
  plain: { user_id: 3, name: 'Zoë', nested: { a: [1, 2.5, null, true] } },
  empty: {},
  tuple: { t: Tuple.of<unknown>(1, 'two', Tuple.of(3)) },
  bytes: { b: Uint8Array.of(0, 255) },
  markup: { m: new Markup('<b>bold</b>') },
  uuid: { u: new Uuid('12345678-1234-5678-1234-567812345678') },
  datetime: { d: new Date('2025-06-07T08:09:10Z') },
  flashes: { _flashes: [Tuple.of('message', 'Hello'), Tuple.of('error', 'No')] },
  'dict like a tag': { x: { ' t': [1] } },
  'dict like a tag of a tag': { x: { ' di': { ' b': 'eA==' } } },
  permanent: { _permanent: true, user_id: 3 },
  long: { text: 'mill '.repeat(200) },
}

const day = 86_400

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: vectors.now * 1000 })
})
afterEach(() => {
  vi.useRealTimers()
})

const at = (seconds: number) => vi.setSystemTime((vectors.now + seconds) * 1000)

describe.each(['flask', 'starlette'] as const)('cookies of %s', (format) => {
  const { encode, decode } = sessions({ secret: vectors.key, format })

  it.each(Object.entries(vectors[format]))('are read: %s', async (name, cookie) => {
    const read = await decode(cookie)
    // A session has no prototype.
    expect({ ...read }).toStrictEqual(values[name])
  })

  it.each(Object.keys(vectors[format]).filter((name) => name !== 'empty'))(
    'are read as they were written: %s',
    async (name) => {
      const read = await decode(await encode(values[name] as never))
      expect({ ...read }).toStrictEqual(values[name])
    },
  )

  it('are read by an old key, and written by the newest', async () => {
    const rotated = sessions({ secret: [vectors.key, vectors['old key']], format })
    expect(await decode(vectors[`${format} by the old key`])).toBeUndefined()
    expect(await rotated.decode(vectors[`${format} by the old key`])).toEqual({ user_id: 3 })
    expect(await decode(await rotated.encode({ user_id: 4 }))).toEqual({ user_id: 4 })
  })
})

it.each(['tuple', 'bytes', 'markup', 'datetime', 'dict like a tag', 'permanent'])(
  'writes to the byte what Flask does: %s',
  async (name) => {
    const { encode } = sessions({ secret: vectors.key, format: 'flask' })
    expect(await encode(values[name] as never)).toBe(vectors.flask[name])
  },
)

const secret = 'a-secret-of-32-bytes-for-testing'
const all: readonly SessionsOptions[] = [
  { secret },
  { secret, format: 'flask', maxAgeSeconds: 14 * day },
  { secret, format: 'starlette' },
]

describe.each(all.map((options) => [options.format ?? 'millrace', options] as const))(
  'a cookie of %s',
  (_name, options) => {
    const { encode, decode } = sessions(options)

    it('is valid until its time is over', async () => {
      const cookie = await encode({ user: 3 })
      at(14 * day)
      expect(await decode(cookie)).toEqual({ user: 3 })
      at(14 * day + 1)
      expect(await decode(cookie)).toBeUndefined()
    })

    it('may come from a clock that is a little ahead', async () => {
      at(60)
      const cookie = await encode({ user: 3 })
      at(0)
      expect(await decode(cookie)).toEqual({ user: 3 })
      at(-1)
      expect(await decode(cookie)).toBeUndefined()
    })

    it('is not valid once anything in it has changed', async () => {
      const cookie = await encode({ user: 3, name: 'ada' })
      const changed = Array.from(cookie, (char, index) => {
        const other = char === 'A' ? 'B' : 'A'
        return cookie.slice(0, index) + other + cookie.slice(index + 1)
      })
      expect(await Promise.all(changed.map(decode))).toEqual(changed.map(() => undefined))
    })

    it.each(['', '.', '..', '...', 'a.b', 'a.b.c', 'null', '.a.b.c', 'x'.repeat(20_000), `${'.'.repeat(5000)}`])(
      'is not made of %j',
      async (value) => {
        expect(await decode(value)).toBeUndefined()
      },
    )

    it('of another secret is not valid', async () => {
      const other = sessions({ ...options, secret: 'another-secret-of-32-bytes-or-so' })
      expect(await decode(await other.encode({ user: 3 }))).toBeUndefined()
    })

    it('holds keys that mean something elsewhere as mere keys', async () => {
      const cookie = await encode(JSON.parse('{"__proto__":{"isAdmin":true},"constructor":1}'))
      const read = (await decode(cookie)) as Record<string, unknown>
      expect([Object.keys(read), read['isAdmin'], ({} as Record<string, unknown>)['isAdmin']]).toEqual([
        ['__proto__', 'constructor'],
        undefined,
        undefined,
      ])
    })
  },
)

it('takes no cookie of another name or format, though the secret is one', async () => {
  const web = sessions({ secret })
  const admin = sessions({ secret, cookie: { name: 'admin' } })
  const flask = sessions({ secret, format: 'flask' })
  const starlette = sessions({ secret, format: 'starlette' })
  const cookies = await Promise.all([web, admin, flask, starlette].map(({ encode }) => encode({ user: 3 })))
  const readBy = await Promise.all([web, admin, flask, starlette].map(({ decode }) => Promise.all(cookies.map(decode))))
  expect(readBy.map((read) => read.map(Boolean))).toEqual([
    [true, false, false, false],
    [false, true, false, false],
    [false, false, true, false],
    [false, false, false, true],
  ])
})

it.each<[string, SessionsOptions, string]>([
  ['no secret', { secret: [] }, 'sessions() needs a secret'],
  ['a short secret', { secret: 'dev' }, 'A secret of sessions() needs at least 32 bytes'],
  ['an empty secret', { secret: '', format: 'flask' }, 'A secret of sessions() needs at least 1 bytes'],
  [
    'an unknown format',
    { secret, format: 'django' as 'flask' },
    'format of sessions() is one of millrace, flask, starlette',
  ],
  ['a negative time', { secret, maxAgeSeconds: -1 }, 'maxAgeSeconds of sessions() has to be a number from 0'],
])('refuses %s', (_name, options, message) => {
  expect(() => sessions(options)).toThrow(expect.objectContaining({ code: 'invalid_option' }))
  expect(() => sessions(options)).toThrow(message)
})
