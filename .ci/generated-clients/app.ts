import {
  App,
  bytes,
  callback,
  dependency,
  fail,
  file,
  form,
  jsonl,
  multipart,
  Router,
  redirect,
  reply,
  sendFile,
  sse,
  text,
} from 'millrace'
import { apiKey, httpBearer, passwordForm } from 'millrace/security'
import { z } from 'zod'

/** An API with some of everything that a document can hold, for the clients that are generated from it. */

const Size = z.enum(['small', 'large']).meta({ id: 'Size' })

const Item = z
  .object({
    id: z.uuid(),
    name: z.string().min(1).max(40),
    price: z.number().gt(0),
    count: z.int().min(0).default(1),
    size: Size.default('small'),
    note: z.string().nullable().default(null),
    tags: z.array(z.string()).default([]),
    attributes: z.record(z.string(), z.number()).default({}),
    at: z.iso.datetime({ offset: true }),
  })
  .meta({ id: 'Item', description: 'Something in the store' })

const Cat = z.object({ kind: z.literal('cat'), lives: z.int() }).meta({ id: 'Cat' })
const Dog = z.object({ kind: z.literal('dog'), tricks: z.array(z.string()) }).meta({ id: 'Dog' })
const Pet = z.discriminatedUnion('kind', [Cat, Dog]).meta({ id: 'Pet' })

const Tree = z
  .object({
    name: z.string(),
    get children() {
      return z.array(Tree).default([])
    },
  })
  .meta({ id: 'Tree' })

const Missing = z.object({ id: z.string(), similar: z.array(z.string()) }).meta({ id: 'Missing' })

const store = new Map<string, z.output<typeof Item>>()

const page = dependency(
  { query: z.object({ limit: z.int().min(1).max(100).default(10), offset: z.int().min(0).default(0) }) },
  ({ query }) => query,
)

const items = new Router({
  prefix: '/items',
  tags: ['items'],
  responses: { '5XX': { description: 'Ask again later' } },
})

export const addItem = items.post(
  '/',
  {
    operationId: 'addItem',
    status: 201,
    body: Item,
    response: Item,
    responses: { 201: { description: 'The item as it is kept', headers: { 'x-count': z.int() } } },
    callbacks: { sold: callback('{$request.query.notify}', { body: Item }) },
  },
  ({ body, response }) => {
    store.set(body.id, body)
    response.headers.set('x-count', String(store.size))
    return body
  },
)

export const listItems = items.get(
  '/',
  {
    operationId: 'listItems',
    deps: { page },
    query: z.object({ size: Size.optional(), tag: z.array(z.string()).default([]) }),
    headers: z.object({ 'x-tenant': z.string().optional() }),
    cookies: z.object({ theme: z.string().optional() }),
    response: z.object({
      items: z.array(Item),
      limit: z.int(),
      tenant: z.string().nullable(),
      theme: z.string().nullable(),
    }),
  },
  ({ query, headers, cookies, page: { limit, offset } }) => ({
    items: [...store.values()]
      .filter(({ size, tags }) => (!query.size || size === query.size) && query.tag.every((tag) => tags.includes(tag)))
      .slice(offset, offset + limit),
    limit,
    tenant: headers['x-tenant'] ?? null,
    theme: cookies.theme ?? null,
  }),
)

export const readItem = items.get(
  '/:id',
  { operationId: 'readItem', params: z.object({ id: z.uuid() }), response: Item, responses: { 404: Missing } },
  ({ params }) => store.get(params.id) ?? reply(404, { id: params.id, similar: [...store.keys()] }),
)

export const deleteItem = items.delete(
  '/:id',
  { operationId: 'deleteItem', deprecated: true, status: 204 },
  ({ params }) => {
    store.delete(params.id)
  },
)

export const app = new App({
  title: 'Store',
  version: '1.0.0',
  openapiTags: [{ name: 'items', description: 'What is in the store' }],
}).include(items)

export const describePet = app.post(
  '/pets',
  { operationId: 'describePet', body: Pet, response: z.object({ says: z.string() }) },
  ({ body }) => ({
    says: body.kind === 'cat' ? `has ${body.lives} lives` : `can ${body.tricks.join(' and ')}`,
  }),
)

export const countTree = app.post(
  '/trees',
  { operationId: 'countTree', body: Tree, response: z.object({ count: z.int(), tree: Tree }) },
  ({ body }) => {
    const count = (tree: z.output<typeof Tree>): number =>
      1 + tree.children.reduce((sum, child) => sum + count(child), 0)
    return { count: count(body), tree: body }
  },
)

export const upload = app.post(
  '/files',
  {
    operationId: 'upload',
    body: multipart(z.object({ picture: z.file(), title: z.string() })),
    response: z.object({ name: z.string(), size: z.int(), title: z.string() }),
  },
  ({ body }) => ({ name: body.picture.name, size: body.picture.size, title: body.title }),
)

export const signIn = app.post(
  '/token',
  {
    operationId: 'signIn',
    body: passwordForm(),
    response: z.object({ access_token: z.string(), token_type: z.string() }),
  },
  ({ body }) =>
    body.password === 'lovelace'
      ? { access_token: `token-of-${body.username}`, token_type: 'bearer' }
      : fail(400, 'Wrong name or password'),
)

const token = httpBearer()
const key = apiKey({ in: 'header', name: 'x-key' })

export const me = app.get(
  '/me',
  { operationId: 'me', deps: { token }, response: z.object({ token: z.string() }) },
  ({ token }) => ({ token }),
)

export const useKey = app.get(
  '/key',
  { operationId: 'useKey', deps: { key }, response: z.object({ key: z.string() }) },
  ({ key }) => ({ key }),
)

export const greet = app.post(
  '/greet',
  { operationId: 'greet', body: form(z.object({ name: z.string(), times: z.int().default(1) })), response: text() },
  ({ body }) => Array(body.times).fill(`Hello ${body.name}`).join(', '),
)

export const echo = app.post('/echo', { operationId: 'echo', body: bytes(), response: bytes() }, ({ body }) => body)

export const picture = app.get('/picture', { operationId: 'picture', response: file('image/png') }, () =>
  sendFile(new Blob([new Uint8Array([137, 80, 78, 71])])),
)

export const count = app.get(
  '/count',
  { operationId: 'count', query: z.object({ to: z.int().max(100) }), response: sse(z.object({ n: z.int() })) },
  async function* ({ query }) {
    for (let n = 1; n <= query.to; n++) yield { n }
  },
)

export const lines = app.get(
  '/lines',
  { operationId: 'lines', response: jsonl(z.object({ n: z.int() })) },
  async function* () {
    yield { n: 1 }
    yield { n: 2 }
  },
)

export const away = app.get('/away', { operationId: 'away', status: 307 }, () => redirect('/me'))

app.webhook('itemSold', { body: Item })
