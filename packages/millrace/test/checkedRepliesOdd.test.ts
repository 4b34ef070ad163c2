import { App, silentLogger } from 'millrace'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { describeTransports, recorder } from './support/serve.ts'

// What is checked and written in one pass has to be, to the byte, what zod and JSON.stringify make of it one after the
// other, which is how the same schema with a transform behind it goes.

// Before that many, zod and JSON.stringify do it each by itself.
const repliesBefore = 30

/** Numbers that are the same each time. */
function chance(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

const float = new Float64Array(1)
const bits = new BigInt64Array(float.buffer)

/** The double that is so many doubles further from zero. */
function neighbour(value: number, steps: number): number {
  float[0] = value
  bits[0] = (bits[0] as bigint) + BigInt(steps)
  return float[0]
}

function numberKinds(seed: number): Readonly<Record<string, () => number>> {
  const random = chance(seed)
  const below = (limit: number) => Math.floor(random() * limit)
  const decimal = () => below(10 ** below(17)) / 10 ** below(9)
  const short = () => below(1e9) + below(1e6) / 1e6
  return {
    'of any bits': () => {
      bits[0] = (BigInt(below(2 ** 32)) << 32n) | BigInt(below(2 ** 32))
      return float[0] as number
    },
    'of any digits and exponent': () =>
      Number(`${random() < 0.5 ? '-' : ''}${below(10 ** below(18))}e${below(60) - 40}`),
    'decimals of up to eight places': decimal,
    'below zero': () => -decimal(),
    'decimals of six places': short,
    'beside decimals': () => neighbour(decimal(), below(5) - 2),
    'beside decimals of six places': () => neighbour(short(), below(5) - 2),
    'beside powers of two': () => neighbour(2 ** (below(2098) - 1074), below(5) - 2),
    'beside powers of ten': () => neighbour(10 ** (below(630) - 322), below(5) - 2),
    'halfway between two decimals': () => below(1e9) + (below(1e6) + 0.5) / 1e6,
    'of single precision': () => Math.fround(random() * 1000),
    integers: () => below(2 ** 54) - 2 ** 53,
  }
}

const someNumbers = [
  0,
  -0,
  0.1,
  -0.1,
  0.1 + 0.2,
  1e-6,
  1e-7,
  -1e-7,
  5e-324,
  0.9999995,
  0.9999994999999999,
  0.999999,
  123456.123456,
  999_999_999.999999,
  999_999_999.9999995,
  1e9,
  2 ** 31 - 1,
  2 ** 31,
  -(2 ** 31),
  2 ** 32,
  2 ** 53 - 1,
  2 ** 53,
  2 ** 53 + 2,
  4503599627370495.5,
  1e20,
  999_999_999_999_999_900_000,
  1e21,
  Number.MAX_VALUE,
  -Number.MAX_VALUE,
]

/** The status, and the body, or what was logged. */
async function answered(schema: z.ZodType, value: () => unknown, options: object = {}): Promise<string> {
  const { logger, takeErrors } = recorder()
  const app = new App({ docs: false, logger, ...options })
  let asked = 0
  app.get('/', { response: schema }, () => (asked++ < repliesBefore ? Symbol('unfit') : value()) as never)
  for (let reply = 0; reply < repliesBefore; reply++) expect((await app.request('/')).status).toBe(500)
  takeErrors()
  const response = await app.request('/')
  const text = await response.text()
  const [logged] = takeErrors()
  return `${response.status} ${logged ? logged.error : text}`
}

/** @param value made anew for each of the two ways */
async function expectAlike(schema: z.ZodType, value: () => unknown, options: object = {}): Promise<string> {
  const text = await answered(schema, value, options)
  expect(text).toBe(
    await answered(
      schema.transform((data) => data),
      value,
      options,
    ),
  )
  return text
}

describe('the numbers of a reply', () => {
  it.each(Object.entries(numberKinds(1)))('are written as JSON.stringify does: %s', async (_, next) => {
    const finite = () => {
      for (;;) {
        const value = next()
        if (Number.isFinite(value)) return value
      }
    }
    const values = Array.from({ length: 20_000 }, finite)
    const lists: number[][] = []
    for (let at = 0; at < values.length; at += lists.length % 13) lists.push(values.slice(at, at + (lists.length % 13)))
    const value = { values, lists, members: values.slice(0, 2000).map((x) => ({ x })) }
    const schema = z.object({
      values: z.array(z.number()),
      lists: z.array(z.array(z.number())),
      members: z.array(z.object({ x: z.number() })),
    })
    expect(await answered(schema, () => value)).toBe(`200 ${JSON.stringify(value)}`)
  })

  it('are so one by one, in short lists, and in long ones', async () => {
    const value = {
      alone: someNumbers.map((x) => ({ x })),
      pairs: someNumbers.map((x) => [x, 0.5]),
      all: someNumbers,
      each: someNumbers.map((x) => [...new Array<number>(12).fill(0.25), x]),
    }
    const list = z.array(z.number())
    const schema = z.object({
      alone: z.array(z.object({ x: z.number() })),
      pairs: z.array(list),
      all: list,
      each: z.array(list),
    })
    expect(await answered(schema, () => value)).toBe(`200 ${JSON.stringify(value)}`)
  })
})

describe('a reply around the edges of the buffer', () => {
  it('is whole at each length, whatever stands there', async () => {
    const tails: Readonly<Record<string, unknown>> = {
      short: [0.5, -123456.123456, 999_999_999.999999],
      long: [0.1 + 0.2, -(0.1 + 0.2) / 9, 1e21, 5e-324],
      many: Array.from({ length: 9 }, () => 0.25).concat(1 / 3),
      longest: new Array<number>(4).fill((-1 / 3) * 1e-250),
      none: [],
    }
    const schema = z.object({
      first: z.number(),
      padding: z.array(z.number()),
      texts: z.array(z.string()),
      tail: z.array(z.number()),
      alone: z.number(),
      text: z.string(),
    })
    // So many fractions that the next reply is written at once, too.
    const padding = new Array<number>(1800).fill(0.123456)
    const app = new App({ docs: false, logger: silentLogger })
    let value: unknown
    app.get('/', { response: schema }, () => value as never)
    for (let reply = 0; reply < repliesBefore; reply++) await app.request('/')
    for (const tail of Object.values(tails))
      for (const text of ['é"\\\u0000', '\ud800', '\u2028ÿ'])
        for (let length = 0; length < 128; length++) {
          const texts = ['é'.repeat(length >> 1), 'y'.repeat((length + 1) >> 1)]
          value = { first: 0.5, padding, texts, tail, alone: -0.000001, text }
          expect(await (await app.request('/')).text()).toBe(JSON.stringify(value))
        }
  }, 30_000)
})

describe('a reply that is no plain data', () => {
  const Numbers = z.object({ list: z.array(z.number()), other: z.array(z.number()) })

  it('is asked for its own form where all arrays or objects have one', async () => {
    const value = () => ({ list: [0.5], other: new Array<number>(12).fill(1 / 3) })
    for (const prototype of [Object.prototype, Array.prototype] as { toJSON?: unknown }[]) {
      // Not enumerable, as libraries do it: zod makes no schema where every object has a key more.
      Object.defineProperty(prototype, 'toJSON', { configurable: true, value: () => 'own' })
      try {
        expect(await expectAlike(Numbers, value)).toMatch(/^200 .*"own"/)
      } finally {
        delete prototype.toJSON
      }
    }
    expect(await expectAlike(Numbers, value)).toMatch(/^200 \{"list":\[0.5\],/)
  })

  it('has NaN and Infinity in the form that options want, where a literal or an enum takes them', async () => {
    const schema = z.object({ one: z.literal([Number.NaN, 1]), other: z.enum({ Most: Number.POSITIVE_INFINITY }) })
    const value = () => ({ one: Number.NaN, other: Number.POSITIVE_INFINITY })
    const told = (nan: string) => expectAlike(schema, value, { jsonValues: { nan } })
    expect(await told('null')).toBe('200 {"one":null,"other":null}')
    expect(await told('string')).toBe('200 {"one":"NaN","other":"Infinity"}')
    expect(await told('error')).toBe("500 'one' of the result is NaN, which JSON has no form for")
  })

  it('has no member that a proxy answers for, but says it has not', async () => {
    const value = () => new Proxy({ id: 1 }, { get: (target, key) => Reflect.get(target, key) ?? String(key) })
    expect(await expectAlike(z.object({ id: z.int(), secret: z.string().optional() }), value)).toBe('200 {"id":1}')
  })

  it('has the items that an array was given while it was read', async () => {
    const growing = <Item>(first: () => Item, more: Item) => {
      const list: Item[] = []
      Object.defineProperty(list, 0, {
        enumerable: true,
        get() {
          list[1] = more
          return first()
        },
      })
      return list
    }
    expect(await expectAlike(z.array(z.number()), () => growing(() => 1, 0.5))).toBe('200 [1,0.5]')
    expect(await expectAlike(z.array(z.string()), () => growing(() => 'a', 'b'))).toBe('200 ["a","b"]')
    expect(await expectAlike(z.array(z.number()).max(1), () => growing(() => 1, 0.5))).toMatch(/^500 /)
  })

  it('is read once, also where defaults are filled in', async () => {
    let count = 0
    const schema = z.object({
      before: z.int(),
      text: z.string().default('"none"'),
      number: z.number().default(0.5),
      flag: z.boolean().default(false),
      nothing: z.string().nullable().default(null),
      made: z.int().default(() => count),
      bare: z.array(z.string()).default('no array' as never),
      list: z.array(z.int().default(7)),
      after: z.int(),
    })
    const value = () => ({
      get before() {
        return ++count
      },
      list: [1, undefined],
      get after() {
        return ++count
      },
    })
    expect(await answered(schema, value)).toBe(
      '200 {"before":1,"text":"\\"none\\"","number":0.5,"flag":false,"nothing":null,"made":1,"bare":"no array","list":[1,7],"after":2}',
    )
    expect(await expectAlike(z.object({ list: z.array(z.int()).default([1]) }), () => ({}))).toBe('200 {"list":[1]}')
    expect(await expectAlike(z.object({ x: z.number().default(Number.NaN) }), () => ({}))).toBe('200 {"x":null}')
  })
})

describe('a schema without end', () => {
  it('may have a getter that makes another each time', async () => {
    const tree = (): z.ZodType =>
      z.object({
        value: z.number(),
        get children() {
          return z.array(tree()).optional()
        },
        get left() {
          return tree().optional()
        },
      })
    const value = () => ({ value: 0.5, children: [{ value: 1, secret: 2 }] })
    expect(await expectAlike(tree(), value)).toBe('200 {"value":0.5,"children":[{"value":1}]}')
  })
})

describeTransports('a reply that fails while it is written', (serve) => {
  it('leaves nothing of itself in the next one', async () => {
    const { logger, takeErrors } = recorder()
    const app = new App({ docs: false, logger })
    const schema = z.object({ list: z.array(z.number()), text: z.string(), last: z.array(z.int()) })
    const fractions = new Array<number>(40).fill(0.25)
    const secret = { list: Array.from({ length: 3000 }, (_, index) => index / 8), text: 'secret' }
    app.get('/throws', { response: schema }, () => ({
      ...secret,
      get last(): number[] {
        throw new Error('of a getter')
      },
    }))
    app.get('/unfit', { response: schema }, () => ({ ...secret, last: [1, 0.5] }))
    // While its last member is read, a reply of another operation is written.
    app.get('/within', { response: schema }, () => ({
      list: [0.5],
      text: 'own',
      get last(): number[] {
        inner.push(app.request('/throws').then((response) => response.status))
        inner.push(app.request('/fine').then((response) => response.text()))
        return [1]
      },
    }))
    app.get('/fine', { response: schema }, () => ({ list: fractions, text: 'é', last: [1] }))
    const inner: Promise<unknown>[] = []
    const { request } = await serve(app)
    for (const path of ['/throws', '/unfit', '/fine', '/within'])
      for (let reply = 0; reply < repliesBefore; reply++) await request(path)
    await Promise.all(inner)
    inner.length = 0
    takeErrors()
    const fine = `{"list":${JSON.stringify(fractions)},"text":"é","last":[1]}`
    for (const path of ['/throws', '/unfit']) {
      const failed = await request(path)
      expect([failed.status, (await failed.text()).includes('secret')]).toEqual([500, false])
      const next = await request('/fine')
      expect(next.headers.get('content-length')).toBe(String(Buffer.byteLength(fine)))
      expect(await next.text()).toBe(fine)
    }
    expect(await (await request('/within')).text()).toBe('{"list":[0.5],"text":"own","last":[1]}')
    expect(await Promise.all(inner)).toEqual([500, fine])
    expect(takeErrors().map(({ error }) => error)).toEqual([
      'of a getter',
      'The result of GET /unfit does not fit its response schema: last.1: Invalid input: expected int, received number',
      'of a getter',
    ])
  })
})
