import { App, jsonl } from 'millrace'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { describeTransports } from './support/serve.ts'

const Cat = z.object({ name: z.string(), lives: z.int().default(9) })
const Dog = z.object({ name: z.string(), bark: z.boolean() })
const Pet = z.union([Cat, Dog])

type Node = { pet: z.input<typeof Pet> | null; next?: Node | undefined }
const Node: z.ZodType<Node> = z.object({
  pet: Pet.nullable(),
  get next() {
    return Node.optional()
  },
})

const json = (body: unknown) => ({
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
})

const cat = { name: 'a', lives: 9 }
const dog = { name: 'b', bark: true }

describeTransports('unions under compat: fastapi', (serve) => {
  it.each([
    ['a body', Pet, dog, dog],
    ['the first branch', Pet, { name: 'a' }, cat],
    ['a list', z.array(Pet), [{ name: 'a' }, dog, { name: 'c', bark: 'yes' }], [cat, dog, { name: 'c', bark: true }]],
    ['a field', z.object({ pet: Pet.nullable().default(null) }), { pet: dog }, { pet: dog }],
    ['a dictionary', z.record(z.string(), Pet), { one: dog, two: { name: 'a' } }, { one: dog, two: cat }],
    ['a tuple', z.tuple([z.int(), Pet]), [1, dog], [1, dog]],
    [
      'a union in a union',
      z.union([z.object({ a: z.int() }), z.object({ a: z.int(), pet: Pet })]),
      { a: 1, pet: dog },
      { a: 1, pet: dog },
    ],
    ['a recursive model', Node, { pet: null, next: { pet: dog } }, { pet: null, next: { pet: dog } }],
    ['scalars', z.array(z.union([z.int(), z.string()])), ['1', 1], ['1', 1]],
    [
      'code after it',
      z.object({ pet: Pet }).transform(({ pet }) => ({ wrapped: pet })),
      { pet: dog },
      { wrapped: { name: 'b', lives: 9 } },
    ],
  ])('take for %s the branch of which most fields have come', async (_what, body, sent, expected) => {
    const app = new App({ compat: 'fastapi', logger: false })
    app.post('/', { body }, ({ body }) => ({ body }))
    const { request } = await serve(app)
    expect(await (await request('/', json(sent))).json()).toEqual({ body: expected })
  })

  const Defaulted = z.object({ x: z.int(), y: z.int().default(1) })
  const Numbers = z.record(z.string(), z.int())
  const date = z.iso.date()
  const dateTime = z.iso.datetime({ local: true })

  // What pydantic makes of each in FastAPI.
  it.each([
    ['a dictionary as it is, not a model', z.union([Defaulted, Numbers]), { x: 1 }, { x: 1 }],
    ['all of a dictionary', z.union([Defaulted, Numbers]), { x: 1, w: 2 }, { x: 1, w: 2 }],
    ['the first, where both coerce', z.union([Defaulted, Numbers]), { x: '1' }, { x: 1, y: 1 }],
    [
      'a model before a dictionary of anything',
      z.union([Defaulted, z.record(z.string(), z.any())]),
      { x: 1, w: 2 },
      { x: 1, y: 1 },
    ],
    ['lists of either', z.union([z.array(Defaulted), z.array(Numbers)]), [{ x: 1, w: 1 }], [{ x: 1, w: 1 }]],
    [
      'a model for its inner model',
      z.union([z.object({ a: Defaulted }), z.object({ a: z.object({ x: z.int(), w: z.int() }) })]),
      { a: { x: 1, w: 3 } },
      { a: { x: 1, w: 3 } },
    ],
    ['midnight as a date', z.union([date, dateTime]), '2026-01-02T00:00:00', '2026-01-02'],
    ['another hour as a date and time', z.union([date, dateTime]), '2026-01-02T00:00:01', '2026-01-02T00:00:01'],
    ['a date as a date and time', z.union([dateTime, date]), '2026-01-02', '2026-01-02T00:00:00'],
    ['a text as it is', z.union([dateTime, z.string()]), '2026-01-02T00:00', '2026-01-02T00:00'],
    ['a list as a list', z.union([z.array(z.int()).meta({ uniqueItems: true }), z.array(z.int())]), [1, 1], [1, 1]],
    ['texts of one branch', z.union([z.array(z.int()), z.array(z.string())]), ['1'], ['1']],
  ])('take %s', async (_what, body, sent, expected) => {
    const app = new App({ compat: 'fastapi', logger: false })
    app.post('/', { body }, ({ body }) => ({ body }))
    const { request } = await serve(app)
    expect(await (await request('/', json(sent))).json()).toEqual({ body: expected })
  })

  it('name enumerations as those of strings and integers', async () => {
    const app = new App({ compat: 'fastapi', logger: false })
    const Color = z.enum(['red', 'blue']).meta({ id: 'Color' })
    const Size = z.enum({ small: 1, large: 2 }).meta({ id: 'Size' })
    app.post('/', { body: z.array(z.union([Color, Size, z.boolean()])) }, ({ body }) => ({ body }))
    const { request } = await serve(app)
    const { detail } = (await (await request('/', json(['x']))).json()) as { detail: { loc: unknown[] }[] }
    expect(detail.map(({ loc }) => loc)).toEqual([
      ['body', 0, 'str-enum[Color]'],
      ['body', 0, 'int-enum[Size]'],
      ['body', 0, 'bool'],
    ])
  })

  it('take it in replies and streams', async () => {
    const app = new App({ compat: 'fastapi', logger: false })
    app.get('/one', { response: Pet }, () => dog)
    app.get('/many', { response: z.array(Pet) }, () => [{ name: 'a' }, { ...dog, secret: 1 }])
    app.get('/lines', { response: jsonl(Pet) }, async function* () {
      yield dog
      yield { name: 'a' }
    })
    const { request } = await serve(app)
    expect(await (await request('/one')).json()).toEqual(dog)
    expect(await (await request('/many')).json()).toEqual([cat, dog])
    expect(
      (await (await request('/lines')).text())
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual([dog, cat])
  })

  it('wait for branches that are asynchronous', async () => {
    const app = new App({ compat: 'fastapi', logger: false })
    const Slow = z.object({ name: z.string(), bark: z.boolean() }).refine(async ({ bark }) => bark)
    app.post('/', { body: z.union([Cat, Slow]) }, ({ body }) => ({ body }))
    const { request } = await serve(app)
    expect(await (await request('/', json(dog))).json()).toEqual({ body: dog })
  })
})
