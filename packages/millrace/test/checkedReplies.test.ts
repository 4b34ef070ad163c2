import { App, jsonl, silentLogger, sse } from 'millrace'
import { expect, it } from 'vitest'
import { z } from 'zod'
import * as mini from 'zod/mini'
import { describeTransports, recorder } from './support/serve.ts'

// Replies that fit their schema are checked and written in one pass. What is sent has to be what zod and JSON.stringify
// would have made of them, each by itself.

// Before that many, zod and JSON.stringify do it each by itself.
const repliesBefore = 30

describeTransports('a reply that is checked and written at once', (serve) => {
  const bodyOf = async (schema: z.ZodType, value: unknown): Promise<string> => {
    let asked = 0
    const app = new App({ logger: silentLogger })
    app.get('/', { response: schema }, () => (asked++ < repliesBefore ? undefined : value) as never)
    const { request } = await serve(app)
    for (let reply = 0; reply < repliesBefore; reply++) expect((await request('/')).status).toBe(500)
    return (await request('/')).text()
  }

  it('has the numbers as JSON.stringify writes them, also where they are more than a buffer holds', async () => {
    const rounded = Array.from(
      { length: 5000 },
      (_, index) => Math.round(Math.sin(index) * 10 ** (3 + (index % 9))) / 1e6,
    )
    const others = Array.from({ length: 5000 }, (_, index) => Math.cos(index) * 10 ** ((index % 40) - 20))
    const few = [0.1 + 0.2, 1 / 3, 5e-324, 1.7976931348623157e308, 1e21, 123456789012345680000]
    const edges = [
      0, -0, 1e-6, -1e-6, 0.999999, 999_999_999.999999, -999_999_999.5, 1e9, 1000, 1000.001, 100.01, 10.1, 7,
    ]
    const schema = z.object({ lists: z.array(z.array(z.number())), names: z.array(z.string()) })
    const long = 'é'.repeat(20_000)
    for (const lists of [
      [rounded],
      [others],
      [few, edges],
      [[...rounded, 1 / 3]],
      [edges, rounded, others, few, rounded],
    ]) {
      const value = { lists, names: ['one', long, '"', '\\\n\u0000', '\u007f\u0080ÿĀ', '\ud800', '😀'] }
      expect(await bodyOf(schema, value)).toBe(JSON.stringify(value))
    }
  })

  it('has the end of a list also where its numbers end with the buffer', async () => {
    const app = new App({ docs: false, logger: recorder().logger })
    // From a fraction on, all goes into the buffer; and with many of them the next reply is written at once, too.
    const boxes = z.object({
      padding: z.array(z.number()),
      texts: z.array(z.string()),
      box: z.array(z.number()),
      last: z.null(),
    })
    // 16 KiB are full somewhere within the box, or at its end.
    const padding = new Array<number>(1800).fill(0.123456)
    const box = new Array<number>(4).fill(-(0.1 + 0.2) / 9)
    let length = 0
    const value = () => ({
      padding,
      texts: ['x'.repeat(length >> 1), 'x'.repeat((length + 1) >> 1)],
      box,
      last: null,
    })
    app.get('/', { response: boxes }, value)
    const { request } = await serve(app)
    for (let reply = 0; reply < repliesBefore; reply++) await request('/')
    for (length = 0; length < 128; length++) expect(await (await request('/')).text()).toBe(JSON.stringify(value()))
  })

  it('has what is declared, in the order in which it is, and nothing else', async () => {
    const schema = z.object({ name: z.string(), 2: z.int(), 1: z.int(), owner: z.object({ id: z.int() }).optional() })
    const secret = { password: 'secret', toJSON: () => 'secret', [Symbol('secret')]: 'secret' }
    const value = { owner: { ...secret, id: 5 }, ...secret, 1: 1, name: 'Ada', 2: 2 }
    expect(await bodyOf(schema, value)).toBe('{"1":1,"2":2,"name":"Ada","owner":{"id":5}}')
    expect(await bodyOf(schema, Object.create(value))).toBe('{"1":1,"2":2,"name":"Ada","owner":{"id":5}}')
    expect(await bodyOf(schema, { name: 'Ada', 1: 1, 2: 2, owner: undefined })).toBe('{"1":1,"2":2,"name":"Ada"}')
    expect(await bodyOf(z.array(z.number()), Object.assign([1, 2], secret))).toBe('[1,2]')
  })

  it('has what was checked, where a member is another one each time, and what is written in between is another reply', async () => {
    const inner = new App()
    inner.get('/', { response: z.object({ inside: z.array(z.number()) }) }, () => ({ inside: [4, 5] }))
    const inside: Promise<string>[] = []
    const values = [1, 2, 'not an integer']
    const value = {
      before: [7, 8],
      get id() {
        inside.push(inner.request('/').then((response) => response.text()))
        return values.shift()
      },
      after: 'after',
    }
    const schema = z.object({ before: z.array(z.int()), id: z.int(), after: z.string() })
    expect(await bodyOf(schema, value)).toBe('{"before":[7,8],"id":1,"after":"after"}')
    expect(values).toEqual([2, 'not an integer'])
    expect(await Promise.all(inside)).toEqual(['{"inside":[4,5]}'])
  })

  it('fills in defaults, refuses what does not fit, and answers a status that has no body', async () => {
    const { logger, takeErrors } = recorder()
    const app = new App({ logger })
    const schema = z.strictObject({ id: z.int(), tag: z.string().default('none') })
    app.get('/default', { response: schema }, () => ({ id: 1 }) as never)
    app.get('/missing', { response: schema }, () => ({ tag: 'a' }) as never)
    app.get('/undeclared', { response: schema }, () => ({ id: 1, tag: 'a', more: 1 }) as never)
    app.get('/fraction', { response: schema }, () => ({ id: 1.5, tag: 'a' }))
    app.delete('/', { response: schema, status: 204 }, () => ({ id: 1, tag: 'a' }) as never)
    const { request } = await serve(app)
    for (const path of ['/default', '/missing', '/undeclared', '/fraction'])
      for (let reply = 0; reply < repliesBefore; reply++) await request(path)
    takeErrors()
    expect(await (await request('/default')).text()).toBe('{"id":1,"tag":"none"}')
    expect((await request('/missing')).status).toBe(500)
    expect((await request('/undeclared')).status).toBe(500)
    expect((await request('/fraction')).status).toBe(500)
    expect(takeErrors().map(({ error }) => error)).toEqual([
      'The result of GET /missing does not fit its response schema: id: Invalid input: expected number, received undefined',
      'The result of GET /undeclared does not fit its response schema: (root): Unrecognized key: "more"',
      'The result of GET /fraction does not fit its response schema: id: Invalid input: expected int, received number',
    ])
    const response = await request('/', { method: 'DELETE' })
    expect([response.status, await response.text()]).toEqual([204, ''])
  })

  it('is so of zod/mini, too, and of the items of streams', async () => {
    const Item = z.object({ index: z.int(), text: z.string() })
    const items = [
      { text: 'a', index: 1, secret: 1 },
      { text: 'é', index: 2, secret: 2 },
    ]
    const app = new App()
    app.get('/mini', { response: mini.object({ list: mini.array(mini.number()) }) }, () => ({ list: [0.5], more: 1 }))
    app.get('/lines', { response: jsonl(Item) }, () => items)
    app.get('/events', { response: sse(Item) }, async function* () {
      yield* items
    })
    const { request } = await serve(app)
    for (const path of ['/mini', '/lines', '/events'])
      for (let reply = 0; reply < repliesBefore; reply++) await (await request(path)).text()
    expect(await (await request('/mini')).text()).toBe('{"list":[0.5]}')
    expect(await (await request('/lines')).text()).toBe('{"index":1,"text":"a"}\n{"index":2,"text":"é"}\n')
    expect(await (await request('/events')).text()).toBe(
      'data: {"index":1,"text":"a"}\n\ndata: {"index":2,"text":"é"}\n\n',
    )
  })
})
