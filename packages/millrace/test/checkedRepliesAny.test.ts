import fc from 'fast-check'
import { App } from 'millrace'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { recorder } from './support/serve.ts'

// Replies that fit their schema are checked and written in one pass. What is sent has to be what zod and JSON.stringify
// would have made of them, each by itself.

// Before that many, zod and JSON.stringify do it each by itself.
const repliesBefore = 30

interface Case {
  readonly schema: z.ZodType
  readonly value: unknown
}

// What is surely understood.
const known: fc.Arbitrary<Case> = fc.oneof(
  fc.record({ schema: fc.constant(z.number()), value: number() }),
  fc.record({ schema: fc.constant(z.number().min(-5).lt(1000)), value: number() }),
  fc.record({ schema: fc.constant(z.int().gt(0).max(9)), value: number() }),
  fc.record({ schema: fc.constant(z.string()), value: text() }),
  fc.record({ schema: fc.constant(z.string().min(1).max(3)), value: text() }),
  fc.record({ schema: fc.constant(z.boolean()), value: fc.boolean() }),
  fc.record({ schema: fc.constant(z.null()), value: fc.constant(null) }),
  fc.record({
    schema: fc.constant(z.literal(['a', 'é', '☃', 1, true, null])),
    value: fc.constantFrom('a', 'é', '☃', 1),
  }),
  fc.record({ schema: fc.constant(z.enum(['x', 'y'])), value: fc.constantFrom('x', 'y', 'z') }),
  fc.record({ schema: fc.constant(z.enum({ One: 1, Two: 2 })), value: fc.constantFrom(1, 2, 3) }),
  fc.record({ schema: fc.constant(z.union([z.int(), z.string(), z.null()])), value: fc.oneof(number(), text()) }),
  fc.record({ schema: fc.constant(z.string().meta({ title: 'Named' }).brand('b')), value: text() }),
  fc.record({ schema: fc.constant(z.array(z.number()).max(20)), value: fc.array(number(), { maxLength: 25 }) }),
  fc.record({ schema: fc.constant(z.array(z.int().min(0))), value: fc.array(fc.nat(), { maxLength: 25 }) }),
)

// What zod has to be asked for. One in a schema is enough.
const others: fc.Arbitrary<Case> = fc.oneof(
  fc.record({ schema: fc.constant(z.number().int().multipleOf(3)), value: number() }),
  fc.record({ schema: fc.constant(z.string().length(2)), value: text() }),
  fc.record({ schema: fc.constant(z.string().trim()), value: text() }),
  fc.record({ schema: fc.constant(z.iso.date()), value: fc.constantFrom('2026-02-03', 'today') }),
  fc.record({ schema: fc.constant(z.union([z.string().max(1), z.string()])), value: text() }),
  fc.record({ schema: fc.constant(z.xor([z.literal(1), z.int()])), value: fc.constantFrom(1, 2) }),
  fc.record({ schema: fc.constant(z.unknown()), value: fc.constantFrom(1, 'a', null) }),
  fc.record({ schema: fc.constant(z.string().catch('caught')), value: fc.constantFrom(1, 'a') }),
  fc.record({ schema: fc.constant(z.int().transform((value) => value + 1)), value: fc.constantFrom(1, 'a') }),
  fc.record({ schema: fc.constant(z.int().refine((value) => value > 1)), value: fc.constantFrom(1, 2) }),
  fc.record({ schema: fc.constant(z.int().overwrite((value) => value * 2)), value: fc.constantFrom(1, 2) }),
)

const leaf = fc.oneof({ weight: 12, arbitrary: known }, { weight: 1, arbitrary: others })

const { tree } = fc.letrec<{ tree: Case }>((tie) => ({
  tree: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    leaf,
    fc.array(fc.tuple(key(), tie('tree'), fc.nat(7)), { maxLength: 4 }).map((parts) => objectOf(parts)),
    fc.tuple(tie('tree'), fc.nat(3)).map(([{ schema, value }, size]) => ({
      schema: z.array(schema).max(3),
      value: Array.from({ length: size }, () => value),
    })),
    fc.array(tie('tree'), { maxLength: 3 }).map((items) => ({
      schema: z.tuple(items.map(({ schema }) => schema) as []),
      value: items.map(({ value }) => value),
    })),
    fc.tuple(tie('tree'), fc.array(key(), { maxLength: 3 })).map(([{ schema, value }, keys]) => ({
      schema: z.record(z.string(), schema),
      value: Object.fromEntries(keys.map((key) => [key, value])),
    })),
    fc.tuple(tie('tree'), fc.nat(6)).map(([{ schema, value }, kind]) => wrapped(schema, value, kind)),
    fc.tuple(tie('tree'), tie('tree'), fc.constantFrom('a', 'b', 'c')).map(([one, other, kind]) => ({
      schema: z.discriminatedUnion('kind', [
        z.object({ kind: z.literal('a'), one: one.schema }),
        z.object({ one: other.schema, kind: z.literal('b') }),
      ]),
      value: { one: kind === 'a' ? one.value : other.value, kind, more: 1 },
    })),
  ),
}))

function number(): fc.Arbitrary<number> {
  return fc.oneof(
    fc.tuple(fc.integer(), fc.nat(8)).map(([digits, places]) => digits / 10 ** places),
    fc.tuple(fc.integer({ min: -99_999, max: 99_999 }), fc.nat(7)).map(([digits, places]) => digits / 10 ** places),
    fc.double(),
    fc.integer({ min: -20, max: 20 }),
    fc.constantFrom(-0, 1e9, 999_999_999.999999, 1e21, 1e-6, 1e-7, 0.1 + 0.2, Number.NaN, Number.POSITIVE_INFINITY),
  )
}

function text(): fc.Arbitrary<string> {
  return fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({
      unit: fc.constantFrom('a', '\n', '"', '\\', '\u0000', '\u007f', 'ÿ', 'Ā', '\ud800', '😀'),
      maxLength: 3,
    }),
    fc.string(),
    fc.string({ unit: 'binary', minLength: 60, maxLength: 70 }),
  )
}

function key(): fc.Arbitrary<string> {
  return fc.oneof(
    fc.string({ minLength: 1, maxLength: 3 }),
    fc.constantFrom('toJSON', '1', '0', 'é', '☃', 'constructor'),
  )
}

function objectOf(parts: readonly (readonly [string, Case, number])[]): Case {
  const members = parts.filter(([key]) => key !== '__proto__')
  const shape = members.map(([key, { schema }, kind]) => {
    const member = [schema, schema.optional(), schema.default('x' as never), schema.nullish(), z.exactOptional(schema)]
    return [key, member[kind] ?? schema]
  })
  const [strict] = parts
  const object = z.object(Object.fromEntries(shape))
  // In another order than they are declared, and not all of those that may be left out.
  const given = members.toReversed().filter(([, , kind], index) => kind === 0 || kind > 4 || index % 2 === 0)
  const value = Object.fromEntries(given.map(([key, { value }]) => [key, value]))
  return { schema: strict?.[2] === 6 ? object.strict() : strict?.[2] === 7 ? object.loose() : object, value }
}

function wrapped(schema: z.ZodType, value: unknown, kind: number): Case {
  const kinds = [
    () => ({ schema: schema.nullable(), value: null }),
    () => ({ schema: schema.nullable(), value }),
    () => ({ schema: schema.readonly(), value }),
    () => ({ schema: z.object({ a: schema.default('x' as never).optional() }), value: {} }),
    () => ({ schema: schema.prefault('x' as never), value }),
    () => ({ schema: z.lazy(() => schema), value }),
    () => ({ schema: schema.optional().nonoptional(), value }),
  ]
  return (kinds[kind] as () => Case)()
}

/** What a handler may give back that JSON or a schema has to do something about. */
const oddities: readonly (() => unknown)[] = [
  () => undefined,
  () => Number.NaN,
  () => 1n,
  () => new Date(0),
  () => Symbol('s'),
  () => new Array(2),
  () => ({ toJSON: () => 'told' }),
  () => new Map([['a', 1]]),
  () => new Uint8Array(2),
  () => '😀😀',
  () => '\ud800',
]

/** The same value, with one of its parts, chosen by `at`, made odd, or with something in it that no schema declares. */
function spoiled(value: unknown, at: number, odd: unknown): unknown {
  if (typeof value !== 'object' || value === null) return odd
  const keys = Object.keys(value)
  const chosen = at % (keys.length + 4)
  const copy: Record<PropertyKey, unknown> = Array.isArray(value) ? ([...value] as never) : { ...value }
  if (chosen < keys.length) {
    const key = keys[chosen] as string
    copy[key] = spoiled(copy[key], Math.floor(at / (keys.length + 4)), odd)
    return copy
  }
  const rest = chosen - keys.length
  if (rest === 0) copy['undeclared'] = odd
  else if (rest === 1) copy[Symbol('undeclared')] = odd
  else if (rest === 2) copy['toJSON'] = () => odd
  else return Object.assign(Object.create({ inherited: odd }), copy)
  return copy
}

/** Compares what is answered with what zod and `JSON.stringify` say, and what is logged with what a longer way says. */
async function compare({ schema, value }: Case): Promise<void> {
  const { logger, takeErrors } = recorder()
  const app = new App({ logger })
  app.get('/', { response: schema }, () => value as never)
  // Nothing is known of what a transform does.
  app.get('/longer', { response: schema.transform((data) => data) }, () => value as never)
  const { data, error } = parsed(schema, value)
  for (let reply = 0; reply < repliesBefore + 2; reply++) {
    const response = await app.request('/')
    const [logged] = takeErrors()
    expect(response.status).toBe(error ? 500 : 200)
    if (!error) expect(await response.text()).toBe(toJson(data) ?? 'null')
    if (!error) continue
    await app.request('/longer')
    const [loggedLonger] = takeErrors()
    expect(logged?.error).toBe(loggedLonger?.error?.replace('GET /longer', 'GET /'))
  }
}

function parsed(schema: z.ZodType, value: unknown): { readonly data?: unknown; readonly error?: unknown } {
  try {
    return schema.safeParse(value)
  } catch (error) {
    // `readonly` cannot freeze a typed array.
    return { error }
  }
}

/** As json.test.ts has it for values that JSON has no form for; undeclared ones never come so far. */
function toJson(data: unknown): string | undefined {
  return JSON.stringify(data, function (this: Record<string, unknown>, key, value) {
    if (typeof value === 'bigint') return String(value)
    if (value instanceof Map) return Object.fromEntries(value)
    return ArrayBuffer.isView(this[key]) ? Array.from(this[key] as Uint8Array) : value
  })
}

describe('replies that are checked and written at once', () => {
  it('are what zod and JSON.stringify make of any value of any schema', async () => {
    await fc.assert(
      fc.asyncProperty(tree, (one) => compare(one)),
      { numRuns: 200 },
    )
  })

  it('are that also where a part of the value is odd', async () => {
    await fc.assert(
      fc.asyncProperty(tree, fc.nat(), fc.nat(oddities.length - 1), ({ schema, value }, at, odd) =>
        compare({ schema, value: spoiled(value, at, oddities[odd]?.()) }),
      ),
      { numRuns: 200 },
    )
  })
})
