import { App } from 'millrace'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { describeTransports, recorder } from './support/serve.ts'

interface Tree {
  name: string
  children: Tree[]
}
const Tree: z.ZodType<Tree> = z.object({
  name: z.string(),
  get children() {
    return z.array(Tree)
  },
})

/** A schema of 40 levels, each of which uses the next one twice: there are a million million ways through it. */
function shared(level: (next: z.ZodType) => z.ZodType, last: z.ZodType = z.string()): z.ZodType {
  let schema = last
  for (let levels = 0; levels < 40; levels++) schema = level(schema)
  return schema
}

/** A value of 40 levels. */
function nested(level: (next: unknown) => unknown, last: unknown): unknown {
  let value = last
  for (let levels = 0; levels < 40; levels++) value = level(value)
  return value
}

const toLeft = (left: unknown) => ({ left })
const sides = z.enum(['left', 'right'])

const good = { id: '6e2e1d1a-3d57-4b8e-9f0a-0f1c1d2e3f40', at: '2026-11-25T10:00:00Z', mail: 'ada@example.com' }

/** Schemas, and for each values that fit and such that do not. */
const cases: Record<string, readonly [schema: z.ZodType, ...values: unknown[]]> = {
  bounds: [z.object({ n: z.int().min(1).max(9), s: z.string().min(2).max(4) }), { n: 3, s: 'abc' }, { n: 0, s: 'x' }],
  defaults: [z.object({ n: z.number().default(7), o: z.string().optional() }), {}, { n: 1, o: 'a' }, { n: 'a' }],
  strict: [z.strictObject({ a: z.literal('a') }), { a: 'a' }, { a: 'a', b: 1 }],
  loose: [z.looseObject({ a: z.boolean() }), { a: true, b: [1] }, { b: 1 }],
  stripped: [z.object({ a: z.null() }), { a: null, b: 1 }, { a: 0 }],
  union: [z.union([z.string(), z.object({ n: z.number() })]), 'a', { n: 1 }, { n: 'a' }, 5],
  discriminated: [
    z.discriminatedUnion('kind', [
      z.object({ kind: z.literal('a'), a: z.int() }),
      z.object({ kind: z.literal('b'), b: z.string() }),
    ]),
    { kind: 'a', a: 1 },
    { kind: 'b', b: 1 },
    { kind: 'c' },
  ],
  transformed: [z.object({ s: z.string().trim().toUpperCase() }), { s: ' a ' }, { s: 1 }],
  refined: [z.object({ n: z.number().refine((n) => n % 2 === 0, 'odd') }), { n: 2 }, { n: 3 }],
  awaited: [z.object({ n: z.number().refine(async (n) => n % 2 === 0, 'odd') }), { n: 2 }, { n: 3 }],
  formats: [z.object({ id: z.uuid(), at: z.iso.datetime(), mail: z.email() }), good, { ...good, id: 'x', mail: 'y' }],
  record: [z.record(z.string().regex(/^k/), z.number()), { k1: 1 }, { x: 1 }, { k: 'a' }],
  tuple: [z.tuple([z.string(), z.number()]).rest(z.boolean()), ['a', 1, true], ['a'], ['a', 1, 2]],
  caught: [z.object({ n: z.number().catch(0) }), { n: 'a' }, { n: 4 }],
  'shared by members': [
    shared((next) => z.object({ left: next, right: next.optional() })),
    nested(toLeft, 'a'),
    nested(toLeft, 1),
  ],
  'shared by places that may be left out': [
    shared((next) => z.tuple([next.optional()]), z.string().default('a')),
    nested((next) => [next], 'b'),
    nested((next) => [next], 1),
  ],
  'shared by keys': [
    shared((next) => z.record(sides, next.nullable())),
    nested((left) => ({ left, right: null }), 'a'),
    nested(toLeft, 1),
  ],
  'shared by what may be missing': [shared((next) => next.optional().default('b'), z.string().default('a')), 'c', 1],
  recursive: [Tree, { name: 'a', children: [{ name: 'b', children: [] }] }, { name: 'a', children: [{}] }],
}

describeTransports('the first calls of an operation', (serve) => {
  it.each(Object.entries(cases))('answer as all later ones, when its schemas are compiled: %s', async (_name, all) => {
    const [schema, ...values] = all
    const app = new App({ logger: recorder().logger })
    app.post('/', { body: schema }, ({ body }) => ({ got: body }))
    const { request } = await serve(app)
    const ask = async (value: unknown) => {
      const headers = { 'content-type': 'application/json' }
      const response = await request('/', { method: 'POST', headers, body: JSON.stringify(value) })
      return `${response.status} ${await response.text()}`
    }
    for (const value of values) {
      const answers = new Set<string>()
      for (let call = 0; call < 40; call++) answers.add(await ask(value))
      expect([...answers]).toHaveLength(1)
    }
  })

  it('run each rule once, and an asynchronous one twice at the very first', async () => {
    const seen: string[] = []
    const app = new App()
    const note = (name: string) => () => seen.push(name) > 0
    app.post('/', { body: z.object({ a: z.string().refine(note('sync')) }) }, () => 'ok')
    app.post('/later', { body: z.object({ a: z.string().refine(async () => seen.push('async') > 0) }) }, () => 'ok')
    const { request } = await serve(app)
    const headers = { 'content-type': 'application/json' }
    for (const path of ['/', '/later'])
      for (let call = 0; call < 50; call++)
        expect(await (await request(path, { method: 'POST', headers, body: '{"a":"b"}' })).text()).toBe('ok')
    expect(seen.filter((name) => name === 'sync')).toHaveLength(50)
    expect(seen.filter((name) => name === 'async')).toHaveLength(51)
  })

  it('answer within the middleware where an operation cannot be made ready, and leave the others alone', async () => {
    const { logger, takeErrors } = recorder()
    const app = new App({ logger })
    app.use(async (_context, next) => {
      const answer = await next()
      answer.headers.set('x-seen', 'yes')
      return answer
    })
    const broken = {
      '~standard': { version: 1, vendor: 'arktype', validate: (value: unknown) => ({ value }) },
      onDeepUndeclaredKey: () => {
        throw new Error('no such behaviour')
      },
    } as const
    app.get('/broken', { response: broken }, () => 1)
    app.get('/whole', () => 2)
    const { request } = await serve(app)
    for (let call = 0; call < 2; call++) {
      const response = await request('/broken')
      expect([response.status, response.headers.get('x-seen')]).toEqual([500, 'yes'])
    }
    const whole = await request('/whole')
    expect([whole.status, await whole.json()]).toEqual([200, 2])
    const error = { message: 'An error was not handled', error: 'no such behaviour' }
    expect(takeErrors()).toEqual([error, error])
  })
})
