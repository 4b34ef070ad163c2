/** An API for the type tests of the client. It also exports what is no operation. */
import { type } from 'arktype'
import {
  App,
  byteStream,
  bytes,
  file,
  form,
  html,
  json,
  jsonl,
  multipart,
  parts,
  redirect,
  reply,
  sendFile,
  sse,
  text,
} from 'millrace'
import * as v from 'valibot'
import { z } from 'zod'

export const app = new App()
export const Item = z.object({ id: z.number(), kind: z.enum(['a', 'b']) })
export const helper = (): string => 'no operation'

// biome-ignore lint/suspicious/noExplicitAny: an export without a type must not open every path
export const anything: any = undefined

export const root = app.get('/', () => 'hello')
export const readItem = app.get('/items/:id', { response: Item }, ({ params }) => ({
  id: Number(params.id),
  kind: 'a',
}))
export const readPart = app.get('/items/:id/parts/:part?', ({ params }) => ({ part: params.part ?? null }))
export const readNumbered = app.get('/numbers/:n', { params: z.object({ n: z.number() }) }, ({ params }) => params.n)
export const listItems = app.get(
  '/items',
  {
    query: z.object({ page: z.number().default(1), tags: z.array(z.string()).optional() }),
    response: z.array(Item),
  },
  () => [],
)
export const search = app.get('/search', { query: z.object({ text: z.string() }) }, ({ query }) => [query.text])
export const createItem = app.post(
  '/items',
  { body: Item, response: Item, status: 201, responses: { 202: z.object({ later: z.boolean() }), 409: z.object({}) } },
  ({ body }) => (body.id > 0 ? body : reply(202, { later: true })),
)
export const replaceItem = app.put('/items/:id', { body: v.object({ size: v.number() }) }, ({ body }) => body.size)
export const patchItem = app.patch(
  '/items/:id',
  { body: type({ size: 'number' }), response: type({ done: 'boolean' }) },
  () => ({ done: true }),
)
export const deleteItem = app.delete('/items/:id', () => undefined)
export const dated = app.get(
  '/dated',
  {
    response: z.object({
      at: z.date(),
      big: z.bigint(),
      map: z.map(z.string(), z.date()),
      set: z.set(z.number()),
      maybe: z.string().optional(),
      nested: z.array(z.object({ at: z.date() })),
    }),
  },
  () => ({ at: new Date(), big: 1n, map: new Map(), set: new Set<number>(), nested: [] }),
)
export const undeclared = app.get('/undeclared', { tags: ['a'] }, async () => ({
  at: new Date(),
  sizes: new Float32Array(),
}))
export const login = app.post(
  '/login',
  { body: form(z.object({ user: z.string(), age: z.number() })), response: text() },
  () => 'ok',
)
export const echo = app.post('/echo', { body: text(), response: html() }, ({ body }) => body)
export const upload = app.post('/upload', { body: bytes(), response: bytes() }, ({ body }) => body)
export const traced = app.get(
  '/traced',
  { headers: z.object({ 'x-trace': z.string() }), cookies: z.object({ session: z.string().optional() }) },
  () => 1,
)
export const count = app.get(
  '/count',
  { response: sse(z.object({ n: z.number(), at: z.date() })) },
  async function* () {
    yield { n: 1, at: new Date() }
  },
)
export const chat = app.post(
  '/chat',
  {
    body: z.object({ prompt: z.string() }),
    response: sse({ token: z.string(), done: z.object({ total: z.number() }) }),
  },
  async function* () {
    yield { event: 'token', data: 'a' }
  },
)
export const lines = app.get('/lines', { response: jsonl(Item) }, function* () {
  yield { id: 1, kind: 'a' }
})
export const generated = app.get('/generated', async function* () {
  yield { at: new Date() }
})
export const tagged = app.get('/tagged', { tags: ['a'] }, async function* () {
  yield { n: 1 as number }
})

export const addPhoto = app.post(
  '/photos',
  { body: multipart(z.object({ photo: z.file(), meta: z.object({ title: z.string() }) })), response: text() },
  ({ body }) => body.photo.name + body.meta.title,
)
export const addParts = app.post('/parts', { body: parts(), response: text() }, async ({ body }) => {
  for await (const part of body) return part.text()
  return ''
})
export const pour = app.post('/pour', { body: byteStream(), response: text() }, async ({ body }) =>
  String((await body.getReader().read()).value?.byteLength),
)
export const part = app.get('/part', { response: json(Item, { include: ['id'] }) }, () => ({ id: 1, kind: 'a' }))
export const rest = app.get('/rest', { response: json(z.array(Item), { exclude: ['id'] }) }, () => [])
export const set = app.get('/set', { response: json(Item, { omit: 'unset' }) }, () => ({ id: 1, kind: 'a' }))
export const sent = app.get('/sent', () => sendFile('./report.pdf'))
export const declaredFile = app.get('/file', { response: file() }, () => sendFile('./report.pdf'))
export const elsewhere = app.get('/elsewhere', () => redirect('/'))
