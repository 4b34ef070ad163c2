import { App, type Schema } from 'millrace'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'

type Json = Record<string, unknown>

/** Components of an app's document, but for Millrace's own. */
function componentsOf(app: App): Json {
  const { Problem: _, InputProblem: __, ...schemas } = (app.openapi()['components'] as { schemas: Json }).schemas
  return schemas
}

/** An app with an operation for each schema: as a body, a reply, or both. */
function appOf(...uses: { body?: Schema; response?: Schema }[]): App {
  const app = new App()
  uses.forEach(({ body, response }, index) => {
    app.post(`/${index}`, { ...(body ? { body } : {}), ...(response ? { response } : {}) }, () => new Response())
  })
  return app
}

function schemasOf(app: App, path: string): [body: unknown, reply: unknown] {
  const { post } = app.openapi().paths[path] as {
    post: { requestBody?: { content: Json }; responses: Record<string, { content: Json }> }
  }
  return [
    (post.requestBody?.content['application/json'] as Json | undefined)?.['schema'],
    (post.responses['200']?.content['application/json'] as Json | undefined)?.['schema'],
  ]
}

const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` })

describe('components', () => {
  it('are one where both sides are the same', () => {
    const Item = z.object({ name: z.string() }).meta({ id: 'Item' })
    const app = appOf({ body: Item, response: z.array(Item) })
    expect(componentsOf(app)).toEqual({
      Item: { type: 'object', properties: { name: { type: 'string' } }, required: ['name'] },
    })
    expect(schemasOf(app, '/0')).toEqual([ref('Item'), { type: 'array', items: ref('Item') }])
  })

  it('are two where the sides differ, and so is what refers to them', () => {
    const Item = z.object({ count: z.int().default(1) }).meta({ id: 'Item' })
    const Order = z.object({ item: Item }).meta({ id: 'Order' })
    const app = appOf({ body: Order, response: Order })
    const count = { type: 'integer', default: 1 }
    expect(componentsOf(app)).toEqual({
      ItemInput: { type: 'object', properties: { count } },
      ItemOutput: { type: 'object', properties: { count }, required: ['count'] },
      OrderInput: { type: 'object', properties: { item: ref('ItemInput') }, required: ['item'] },
      OrderOutput: { type: 'object', properties: { item: ref('ItemOutput') }, required: ['item'] },
    })
    expect(schemasOf(app, '/0')).toEqual([ref('OrderInput'), ref('OrderOutput')])
  })

  it('keep the plain name where only one side is in use', () => {
    const Item = z.object({ count: z.int().default(1) }).meta({ id: 'Item' })
    expect(Object.keys(componentsOf(appOf({ response: Item })))).toEqual(['Item'])
  })

  it('come from the titles of objects, too', () => {
    const Item = z
      .object({ size: z.object({ cm: z.int() }).meta({ title: 'Size of it' }) })
      .meta({ title: 'An item-2' })
    const titled = z.object({ name: z.string().meta({ title: 'Name' }) })
    expect(componentsOf(appOf({ body: Item, response: Item }, { body: titled }))).toEqual({
      AnItem2: {
        title: 'An item-2',
        type: 'object',
        properties: { size: ref('SizeOfIt') },
        required: ['size'],
      },
      SizeOfIt: { title: 'Size of it', type: 'object', properties: { cm: { type: 'integer' } }, required: ['cm'] },
    })
  })

  it('have names that generators of clients can use', () => {
    const app = appOf({ body: z.object({}).meta({ id: 'my-api.Item v2' }) }, { body: z.object({}).meta({ id: '2nd' }) })
    expect(Object.keys(componentsOf(app))).toEqual(['MyApiItemV2', 'Schema2nd'])
  })

  it('of one name and different content are counted in order of use', () => {
    const make = (key: string) => z.object({ [key]: z.string() }).meta({ title: 'Item' })
    const app = appOf({ body: make('a') }, { body: make('b') }, { body: make('a') })
    expect(Object.keys(componentsOf(app))).toEqual(['Item', 'Item2'])
    expect([schemasOf(app, '/0')[0], schemasOf(app, '/1')[0], schemasOf(app, '/2')[0]]).toEqual([
      ref('Item'),
      ref('Item2'),
      ref('Item'),
    ])
  })

  it('of Millrace make way for a name that a user gave', () => {
    const app = appOf({ response: z.object({ mine: z.string() }).meta({ title: 'Problem' }) })
    const { Problem, Problem2 } = (app.openapi()['components'] as { schemas: Record<string, Json> }).schemas
    expect(Object.keys(Problem?.['properties'] as Json)).toEqual(['mine'])
    expect(Object.keys(Problem2?.['properties'] as Json)).toEqual(['type', 'title', 'status', 'detail', 'code'])
  })

  it('hold what contains itself', () => {
    const Named = z
      .object({
        get kids() {
          return z.array(Named)
        },
      })
      .meta({ id: 'Named' })
    const app = appOf({ body: Named, response: Named })
    expect(componentsOf(app)).toEqual({
      Named: { type: 'object', properties: { kids: { type: 'array', items: ref('Named') } }, required: ['kids'] },
    })
  })

  it('are named after their place where what contains itself has no name', () => {
    const Tree = z.object({
      get kids() {
        return z.array(Tree)
      },
    })
    const app = appOf({ body: Tree, response: z.object({ tree: Tree }) })
    expect(componentsOf(app)).toEqual({
      Post0Body: {
        type: 'object',
        properties: { kids: { type: 'array', items: ref('Post0Body') } },
        required: ['kids'],
      },
    })
    expect(schemasOf(app, '/0')).toEqual([
      ref('Post0Body'),
      { type: 'object', properties: { tree: ref('Post0Body') }, required: ['tree'] },
    ])
  })

  it('hold what contains one another', () => {
    const Even = z
      .object({
        get next() {
          return Odd.optional()
        },
      })
      .meta({ id: 'Even' })
    const Odd = z
      .object({
        count: z.int().default(0),
        get next() {
          return Even.optional()
        },
      })
      .meta({ id: 'Odd' })
    expect(Object.keys(componentsOf(appOf({ body: Even, response: Even })))).toEqual([
      'EvenInput',
      'EvenOutput',
      'OddInput',
      'OddOutput',
    ])
  })

  it('leave data alone that looks like a reference', () => {
    const odd = z.object({ $ref: z.string() }).meta({ examples: [{ $ref: '#/$defs/None' }] })
    const app = appOf({ body: odd })
    expect(schemasOf(app, '/0')[0]).toEqual({
      type: 'object',
      properties: { $ref: { type: 'string' } },
      required: ['$ref'],
      examples: [{ $ref: '#/$defs/None' }],
    })
  })
})

describe('a choice between components', () => {
  const Cat = z.object({ kind: z.literal('cat'), lives: z.int().default(9) }).meta({ id: 'Cat' })
  const Dog = z.object({ kind: z.literal('dog') }).meta({ id: 'Dog' })

  it.each([
    ['millrace', undefined, ['CatInput', 'CatOutput']],
    ['fastapi', 'fastapi', ['Cat', 'Cat']],
  ] as const)('has a discriminator in the form of %s', (_form, compat, [input, output]) => {
    const app = new App(compat ? { compat } : {})
    const Pet = z.discriminatedUnion('kind', [Cat, Dog])
    app.post('/', { body: Pet, response: Pet }, ({ body }) => body)
    const choice = (cat: string) => ({
      oneOf: [{ $ref: `#/components/schemas/${cat}` }, { $ref: '#/components/schemas/Dog' }],
      discriminator: {
        propertyName: 'kind',
        mapping: { cat: `#/components/schemas/${cat}`, dog: '#/components/schemas/Dog' },
      },
    })
    const { paths } = app.openapi() as unknown as {
      paths: { '/': { post: { requestBody: { content: object }; responses: { 200: { content: object } } } } }
    }
    const { requestBody, responses } = paths['/'].post
    expect(requestBody.content).toMatchObject({ 'application/json': { schema: choice(input) } })
    expect(responses[200].content).toMatchObject({ 'application/json': { schema: choice(output) } })
  })

  it('has none where nothing tells them apart', () => {
    const app = new App()
    const Other = z.object({ kind: z.literal('dog').optional() }).meta({ id: 'Other' })
    app.post('/', { body: z.xor([Cat, Other]) }, () => 1)
    app.post('/inline', { body: z.discriminatedUnion('kind', [Cat, z.object({ kind: z.literal('x') })]) }, () => 1)
    expect(JSON.stringify(app.openapi())).not.toContain('discriminator')
    expect(JSON.stringify(app.openapi())).toContain('oneOf')
  })
})
