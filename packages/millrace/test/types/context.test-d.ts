/** What a handler and a dependency get. Checked by `tsc`; nothing here runs. */
import { type } from 'arktype'
import {
  App,
  byteStream,
  bytes,
  delimited,
  dependency,
  form,
  type HandlerContext,
  multipart,
  parts,
  Router,
  text,
} from 'millrace'
import * as v from 'valibot'
import { z } from 'zod'
import { same } from './same.ts'

const db = dependency(async function* () {
  yield { find: (id: string) => id.length }
})
const user = dependency({ headers: z.object({ 'x-token': z.string() }), deps: { db } }, ({ headers, db, query }) => {
  same<string>()(headers['x-token'])
  same<undefined>()(query)
  return { name: headers['x-token'], age: db.find('a') }
})
const app = new App()

// Parameters from the path alone
app.get('/items/:id', ({ params }) => same<string>()(params.id))
app.get('/items/:id/parts/:part?', ({ params }) => {
  same<string>()(params.id)
  same<string | undefined>()(params.part)
})
app.get('/files/:owner/*path', {}, ({ params }) => {
  same<string>()(params.owner)
  same<string>()(params.path)
})
app.get('/plain', ({ params, query, body }) => {
  same<undefined>()(params)
  same<undefined>()(query)
  same<undefined>()(body)
})
// @ts-expect-error a parameter that the path does not name
app.get('/items/:id', ({ params }) => params.other)

// A handler that stands by itself
const readLater = ({ params }: HandlerContext<'/items/:id'>) => params.id
app.get('/items/:id', readLater)
app.get('/items/:id', { tags: ['later'] }, readLater)
const Page = z.object({ page: z.number() })
type Needed = { db: typeof db }
const list = ({ query, db }: HandlerContext<'/items', { query: typeof Page }, Needed>) => query.page + db.find('a')
app.get('/items', { query: Page, deps: { db } }, list)
// @ts-expect-error it needs a query that is not declared
app.get('/items', { deps: { db } }, list)

// Inputs by their schemas, from any library
app.post(
  '/items/:id',
  {
    params: z.object({ id: z.number().int() }),
    query: z.object({ page: z.number().default(1), tags: z.array(z.string()).optional() }),
    headers: v.object({ 'x-trace': v.optional(v.string()) }),
    cookies: type({ session: 'string' }),
    body: z.object({ at: z.string().transform((at) => new Date(at)) }),
  },
  ({ params, query, headers, cookies, body, signal, id, request }) => {
    same<number>()(params.id)
    same<number>()(query.page)
    same<string[] | undefined>()(query.tags)
    same<string | undefined>()(headers['x-trace'])
    same<string>()(cookies.session)
    same<Date>()(body.at)
    same<AbortSignal>()(signal)
    same<string>()(id)
    same<Request>()(request)
  },
)
app.post(
  '/a',
  { body: v.object({ size: v.number() }), response: v.object({ kind: v.picklist(['a', 'b']) }) },
  (context) => {
    same<number>()(context.body.size)
    return { kind: 'a' }
  },
)
app.post('/a', { body: type({ size: 'number' }), response: type({ kind: "'a' | 'b'" }) }, async ({ body }) => {
  same<number>()(body.size)
  return { kind: 'a' }
})
// @ts-expect-error a wrong literal for valibot
app.post('/a', { response: v.object({ kind: v.picklist(['a', 'b']) }) }, () => ({ kind: 'c' }))
// @ts-expect-error a wrong literal for arktype
app.post('/a', { response: type({ kind: "'a' | 'b'" }) }, () => ({ kind: 'c' }))

// Kinds of bodies
app.post('/a', { body: form(z.object({ age: z.number() })) }, ({ body }) => same<number>()(body.age))
app.post('/a', { body: text() }, ({ body }) => same<string>()(body))
app.post('/a', { body: bytes() }, ({ body }) => same<Uint8Array>()(body))
app.post('/a', { body: byteStream() }, ({ body }) => same<ReadableStream<Uint8Array>>()(body))
app.post('/a', { body: multipart(z.object({ photo: z.file(), meta: z.object({ at: z.date() }) })) }, ({ body }) => {
  same<File>()(body.photo)
  same<Date>()(body.meta.at)
})
app.post('/a', { body: multipart(type({ photo: 'File' })) }, ({ body }) => same<File>()(body.photo))
app.post('/a', { body: parts() }, async ({ body }) => {
  for await (const part of body) same<string | undefined>()(part.filename)
})
// @ts-expect-error a limit that there is none of
multipart(z.object({}), { maxSize: 1 })
app.get('/a', { query: delimited(z.object({ ids: z.array(z.int()) }), { ids: ',' }) }, ({ query }) =>
  same<number[]>()(query.ids),
)

// Dependencies of app, router and operation
const guarded = new App({ deps: { db } })
guarded.get('/', ({ db }) => same<number>()(db.find('a')))
guarded.get('/', { deps: { user } }, ({ db, user }) => {
  same<number>()(db.find('a'))
  same<string>()(user.name)
})
const router = new Router({ prefix: '/teams/:team', deps: { user } })
const member = router.get('/members/:member', { deps: { db } }, ({ params, user, db }) => {
  same<string>()(params.team)
  same<string>()(params.member)
  same<string>()(user.name)
  return db.find(params.member)
})
same<'/teams/:team/members/:member'>()(member.path)
same<'GET'>()(member.method)
const team = router.get('/', ({ params }) => params.team)
same<'/teams/:team'>()(team.path)
// @ts-expect-error a dependency that nobody has declared
app.get('/', ({ db }) => db)

// Middleware of an operation is typed before its handler
app.get('/a/:id', { use: [(context, next) => (context.path ? next() : undefined)] }, ({ params }) =>
  same<string>()(params.id),
)

// Names that the context already has
app.get(
  '/a',
  {
    deps: {
      // @ts-expect-error
      body: db,
    },
  },
  () => 1,
)
app.get(
  '/a',
  {
    deps: {
      // @ts-expect-error
      signal: db,
    },
  },
  () => 1,
)
// @ts-expect-error of a dependency's own dependencies, too
dependency({ deps: { log: db } }, () => 1)

// What a spec does not have, or cannot hold
// @ts-expect-error
app.get('/a', { qurey: z.object({}) }, () => 1)
// @ts-expect-error
app.get('/a', { query: 1 }, () => 1)
// @ts-expect-error
app.get('/a', { status: '201' }, () => 1)
// @ts-expect-error no handler
app.get('/a', { status: 201 })

// Overrides make the same value
const size = dependency(async () => 1 as number)
app.override(size, () => 2)
app.override(size, async () => 2)
app.override(size, function* () {
  yield 2
})
app.override(
  size,
  dependency({ query: z.object({ size: z.number() }) }, ({ query }) => query.size),
)
// @ts-expect-error another value
app.override(size, () => 'two')
const name = dependency(() => 'two')
// @ts-expect-error another value, from a dependency
app.override(size, name)

// A name that the context of a handler has, or that of middleware
// @ts-expect-error
dependency({ deps: { body: db } }, () => 1)
// @ts-expect-error
app.get('/reserved', { deps: { method: db } }, () => 1)
// @ts-expect-error
app.get('/reserved', { deps: { header: db } }, () => 1)
// @ts-expect-error
app.get('/reserved', { deps: { clientAddress: db } }, () => 1)
