import { App, dependency } from 'millrace'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { describeTransports } from './support/serve.ts'

/** An operation that answers its checked query. */
function echo(query: z.ZodType): App {
  const app = new App()
  app.get('/', { query }, (context) => context.query)
  return app
}

describeTransports('the query', (serve) => {
  const reader = async (schema: z.ZodType) => {
    const { request } = await serve(echo(schema))
    return async (query: string): Promise<unknown> => {
      const response = await request(`/?${query}`)
      const body = (await response.json()) as { errors?: { path: unknown[]; code: string }[] }
      return response.status === 200 ? body : (body.errors?.map(({ path, code }) => [path.join('.'), code]) ?? body)
    }
  }

  it('is coerced to numbers, integers and booleans', async () => {
    const read = await reader(z.object({ n: z.number(), i: z.int(), b: z.boolean() }).partial())
    expect(await read('n=1.5&i=-3&b=true')).toEqual({ n: 1.5, i: -3, b: true })
    expect(await read('n=1e3&i=%2B4&b=false')).toEqual({ n: 1000, i: 4, b: false })
    expect(await read('i=1.0&b=1')).toEqual({ i: 1, b: true })
    expect(await read('b=0')).toEqual({ b: false })
    expect(await read('i=1.5')).toEqual([['i', 'invalid_type']])
  })

  it.each([
    '',
    '0x1',
    '1e999',
    '-1e999',
    '%201',
    '1%20',
    'NaN',
    'Infinity',
    '1_000',
    '1,5',
    '٣',
    '--1',
    '.5',
    '5.',
    '007',
  ])('is not coerced to a number from %j', async (text) => {
    const read = await reader(z.object({ n: z.number() }))
    expect(await read(`n=${text}`)).toEqual([['n', 'invalid_type']])
  })

  it.each(['', 'TRUE', 'yes', 'on', '2', 'null'])('is not coerced to a boolean from %j', async (text) => {
    const read = await reader(z.object({ b: z.boolean() }))
    expect(await read(`b=${text}`)).toEqual([['b', 'invalid_type']])
  })

  it('keeps certain strings, and coerces the others', async () => {
    const read = await reader(
      z
        .object({
          limit: z.union([z.number(), z.literal('all')]),
          mode: z.literal(['auto', 1, '2']),
          flag: z.boolean().or(z.enum(['auto', 'true'])),
          depth: z.literal([1, null]),
          width: z.union([z.int(), z.literal(null)]),
        })
        .partial(),
    )
    expect(await read('limit=5&mode=1&flag=false')).toEqual({ limit: 5, mode: 1, flag: false })
    expect(await read('limit=all&mode=auto&flag=true')).toEqual({ limit: 'all', mode: 'auto', flag: 'true' })
    expect(await read('mode=2')).toEqual({ mode: '2' })
    expect(await read('depth=1&width=2')).toEqual({ depth: 1, width: 2 })
    expect(await read('depth=null')).toEqual([['depth', 'invalid_value']])
    expect(await read('limit=some&mode=3')).toEqual([
      ['limit', 'invalid_union'],
      ['mode', 'invalid_value'],
    ])
  })

  it('is coerced to dates and BigInts', async () => {
    const app = new App()
    const query = z.object({ at: z.date(), n: z.bigint(), list: z.array(z.date()) }).partial()
    app.get('/', { query }, ({ query: { at, n, list } }) => [at instanceof Date, typeof n, { at, n, list }])
    const { request } = await serve(app)
    const read = async (text: string) => (await request(`/?${text}`)).json()
    expect(await read('at=2026-01-02T03:04:05Z&n=-12345678901234567890&list=2026-01-02T03:04:05.5%2B01:00')).toEqual([
      true,
      'bigint',
      { at: '2026-01-02T03:04:05.000Z', n: '-12345678901234567890', list: ['2026-01-02T02:04:05.500Z'] },
    ])
    const notDates = ['2026', '2026-02-30T00:00:00Z', '2026-01-02T24:00:00Z', '2026-01-02T03:04:60Z']
    for (const wrong of [...notDates.map((text) => `at=${text}`), 'at=2026-01-02T03:04:05', 'n=1.5', 'n=', 'n=0x1'])
      expect([wrong, await read(wrong)]).toMatchObject([wrong, { status: 422, code: 'invalid_input' }])
    const { paths } = app.openapi() as { paths: Record<string, { get: { parameters: unknown } }> }
    expect(paths['/']?.get.parameters).toEqual([
      { name: 'at', in: 'query', schema: { type: 'string', format: 'date-time' } },
      { name: 'n', in: 'query', schema: { type: 'string', pattern: '^-?[0-9]+$' } },
      { name: 'list', in: 'query', schema: { type: 'array', items: { type: 'string', format: 'date-time' } } },
    ])
  })

  it('is coerced where its names are not declared', async () => {
    const record = await reader(z.record(z.string(), z.number()))
    expect(await record('a=1&b=-2')).toEqual({ a: 1, b: -2 })
    expect(await record('a=x')).toEqual([['a', 'invalid_type']])
    const rest = await reader(z.object({ q: z.string() }).catchall(z.array(z.number())))
    expect(await rest('q=1&a=1&b=1&b=2')).toEqual({ q: '1', a: [1], b: [1, 2] })
    const loose = await reader(z.looseObject({ n: z.number() }))
    expect(await loose('n=1&a=1')).toEqual({ n: 1, a: '1' })
  })

  it('may be strict for an operation and for its dependencies, each with names of its own', async () => {
    const paging = dependency({ query: z.strictObject({ page: z.int() }) }, ({ query }) => query)
    const filter = dependency({ query: z.looseObject({ tag: z.string() }) }, ({ query }) => query)
    const app = new App()
    app.get('/', { query: z.strictObject({ q: z.string() }), deps: { paging } }, (context) => [
      context.query,
      context.paging,
    ])
    app.get('/loose', { query: z.object({ q: z.string() }), deps: { filter } }, ({ filter }) => filter)
    const { request } = await serve(app)
    expect(await (await request('/?q=a&page=2')).json()).toEqual([{ q: 'a' }, { page: 2 }])
    expect(await (await request('/?q=a&page=2&other=1')).json()).toMatchObject({
      status: 422,
      errors: [{ in: 'query', path: ['other'], code: 'unrecognized_key', message: 'Unrecognized key' }],
    })
    expect(await (await request('/loose?q=a&tag=b&other=1')).json()).toEqual({ tag: 'b', other: '1' })
  })

  it('makes arrays of repeated names', async () => {
    const read = await reader(z.object({ tag: z.array(z.string()), n: z.array(z.int()).default([]) }))
    expect(await read('tag=a')).toEqual({ tag: ['a'], n: [] })
    expect(await read('tag=a&tag=b&n=1&n=2')).toEqual({ tag: ['a', 'b'], n: [1, 2] })
    expect(await read('tag=a,b')).toEqual({ tag: ['a,b'], n: [] })
    expect(await read('tag=a&n=1&n=x&n=y')).toEqual([
      ['n.1', 'invalid_type'],
      ['n.2', 'invalid_type'],
    ])
    expect(await read('n=1')).toEqual([['tag', 'missing']])
  })

  it('takes the last of repeated names for a single value', async () => {
    const read = await reader(z.object({ q: z.string(), n: z.number() }))
    expect(await read('q=a&q=b&n=1&n=2')).toEqual({ q: 'b', n: 2 })
  })

  it('makes tuples', async () => {
    const read = await reader(z.object({ range: z.tuple([z.int(), z.string()]) }))
    expect(await read('range=1&range=2')).toEqual({ range: [1, '2'] })
  })

  it('keeps a string where a string is allowed', async () => {
    const read = await reader(z.object({ v: z.union([z.number(), z.string()]), w: z.any() }).partial())
    expect(await read('v=1')).toEqual({ v: '1' })
    expect(await read('w=1')).toEqual({ w: '1' })
  })

  it('is coerced through wrappers, literals, enumerations, unions and intersections', async () => {
    const read = await reader(
      z
        .object({
          optional: z.int().optional(),
          nullable: z.int().nullable(),
          defaulted: z.int().default(7),
          prefault: z.int().prefault(7),
          literal: z.literal(3),
          literals: z.literal([1, 2]),
          enumeration: z.enum(enumOf),
          union: z.union([z.number(), z.boolean()]),
          intersection: z.intersection(z.number(), z.number().min(3)),
          branded: z.int().brand('Id'),
          transformed: z.int().transform((n) => n * 2),
          piped: z.int().pipe(z.number().max(9)),
          readonly: z.int().readonly(),
          caught: z.int().catch(0),
          lazy: z.lazy(() => z.int()),
        })
        .partial(),
    )
    for (const name of [
      'optional',
      'nullable',
      'defaulted',
      'prefault',
      'branded',
      'piped',
      'readonly',
      'caught',
      'lazy',
    ])
      expect([name, await read(`${name}=5`)]).toEqual([name, expect.objectContaining({ [name]: 5 })])
    expect(await read('literal=3&literals=2&enumeration=2')).toMatchObject({ literal: 3, literals: 2, enumeration: 2 })
    expect(await read('union=1')).toMatchObject({ union: 1 })
    expect(await read('union=true')).toMatchObject({ union: true })
    expect(await read('intersection=4&transformed=4')).toMatchObject({ intersection: 4, transformed: 8 })
  })

  it('is coerced through references and recursive schemas', async () => {
    const Count = z.int().meta({ id: 'Count' })
    interface Tree {
      n: number
      children?: Tree[] | undefined
    }
    const Tree: z.ZodType<Tree> = z.object({ n: z.number(), children: z.lazy(() => z.array(Tree)).optional() })
    expect(await (await reader(z.object({ a: Count, b: Count })))('a=1&b=2')).toEqual({ a: 1, b: 2 })
    expect(await (await reader(Tree))('n=1')).toEqual({ n: 1 })
  })

  it('is coerced in intersections and unions of objects', async () => {
    const both = await reader(z.intersection(z.object({ a: z.int() }), z.object({ b: z.boolean() })))
    expect(await both('a=1&b=true')).toEqual({ a: 1, b: true })
    const either = await reader(
      z.discriminatedUnion('kind', [
        z.object({ kind: z.literal('n'), n: z.int() }),
        z.object({ kind: z.literal('b'), b: z.boolean() }),
      ]),
    )
    expect(await either('kind=n&n=1')).toEqual({ kind: 'n', n: 1 })
    expect(await either('kind=b&b=false')).toEqual({ kind: 'b', b: false })
  })

  it('fills defaults, transforms, and waits for asynchronous rules', async () => {
    const read = await reader(
      z.object({
        limit: z.int().max(100).default(10),
        q: z
          .string()
          .transform((text) => text.toUpperCase())
          .refine(async (text) => text !== 'TAKEN', 'Already taken')
          .optional(),
      }),
    )
    expect(await read('')).toEqual({ limit: 10 })
    expect(await read('q=free')).toEqual({ limit: 10, q: 'FREE' })
    expect(await read('q=taken&limit=101')).toEqual([
      ['limit', 'too_big'],
      ['q', 'custom'],
    ])
  })

  it('drops, keeps or refuses what is not declared, as the schema says', async () => {
    expect(await (await reader(z.object({ a: z.string() })))('a=1&x=2')).toEqual({ a: '1' })
    expect(await (await reader(z.looseObject({ a: z.string() })))('a=1&x=2')).toEqual({ a: '1', x: '2' })
    expect(await (await reader(z.strictObject({ a: z.string() })))('a=1&x=2&y=3')).toEqual([
      ['x', 'unrecognized_key'],
      ['y', 'unrecognized_key'],
    ])
  })

  it('is decoded: plus, percent, empty values, empty names', async () => {
    const read = await reader(z.looseObject({}))
    expect(await read('a=b+c&d=%2B&e=&f&=g&&h=i=j&%C3%A9=%C3%A9')).toEqual({
      a: 'b c',
      d: '+',
      e: '',
      f: '',
      '': 'g',
      h: 'i=j',
      é: 'é',
    })
  })

  it('400 where the encoding is broken or a name is unsafe', async () => {
    const read = await reader(z.looseObject({}))
    expect(await read('a=%E0%A4%A')).toMatchObject({
      status: 400,
      code: 'malformed_target',
      detail: 'The query is not properly percent-encoded',
    })
    expect(await read('__proto__=1')).toMatchObject({ status: 400, code: 'unsafe_key' })
    expect(await read('constructor=1&toString=2')).toEqual({ constructor: '1', toString: '2' })
  })

  it('is not looked at without a schema', async () => {
    const app = new App()
    app.get('/', ({ query }) => [query === undefined])
    const { request } = await serve(app)
    expect(await (await request('/?a=%E0%A4%A')).json()).toEqual([true])
  })
})

const enumOf = { One: 1, Two: 2 } as const
