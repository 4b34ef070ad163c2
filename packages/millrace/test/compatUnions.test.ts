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
