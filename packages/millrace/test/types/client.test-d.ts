/** What a client takes and gives. Checked by `tsc`; nothing here runs. */
import { createClient, type Prefixed } from 'millrace/client'
import { createTestClient } from 'millrace/testing'
import * as api from './clientApi.ts'
import type * as other from './otherApi.ts'
import { same } from './same.ts'

const client = createClient<typeof api>({ baseUrl: '' })

// Results in their JSON form
same<string>()(await client.get('/'))
same<{ id: number; kind: 'a' | 'b' }>()(await client.get('/items/:id', { params: { id: 1 } }))
same<{ part: string | null }>()(await client.get('/items/:id/parts/:part?', { params: { id: 'a' } }))
same<{ id: number; kind: 'a' | 'b' }[]>()(await client.get('/items'))
same<{ id: number }>()(await client.get('/part'))
same<{ kind: 'a' | 'b' }[]>()(await client.get('/rest'))
same<{ id?: number; kind?: 'a' | 'b' }>()(await client.get('/set'))
same<Uint8Array>()(await client.get('/sent'))
same<Uint8Array>()(await client.get('/file'))
same<unknown>()(await client.get('/elsewhere'))
same<number>()(await client.get('/numbers/:n', { params: { n: 1 } }))
same<number>()(await client.put('/items/:id', { params: { id: 1 }, body: { size: 1 } }))
same<{ done: boolean }>()(await client.patch('/items/:id', { params: { id: 1 }, body: { size: 1 } }))
same<undefined>()(await client.delete('/items/:id', { params: { id: 1 } }))
same<undefined>()(await client.head('/items'))
same<{ id: number; kind: 'a' | 'b' } | { later: boolean }>()(
  await client.post('/items', { body: { id: 1, kind: 'a' } }),
)
const dated = await client.get('/dated')
same<string>()(dated.at)
same<string>()(dated.big)
same<{ [name: string]: string }>()(dated.map)
same<number[]>()(dated.set)
same<string | undefined>()(dated.maybe)
same<{ at: string }[]>()(dated.nested)
same<{ at: string; sizes: number[] }>()(await client.get('/undeclared'))
same<Response>()(await client.get('/').response())

// Arguments
await client.get('/items', { query: { page: 2, tags: ['a', 'b'] } })
await client.get('/items', { query: { page: undefined } })
await client.get('/items', { headers: { 'x-any': 1 }, signal: AbortSignal.timeout(1_000) })
await client.get('/traced', { headers: { 'x-trace': 'a', 'x-any': 'b' }, cookies: { session: 'c' } })
// @ts-expect-error no such path
await client.get('/nowhere')
// @ts-expect-error no such method of the path
await client.post('/dated')
// @ts-expect-error no operation
await client.get('helper')
// @ts-expect-error the parameter is required
await client.get('/items/:id')
// @ts-expect-error a parameter that the path does not name
await client.get('/items/:id', { params: { id: 1, other: 2 } })
// @ts-expect-error the parameter is a number
await client.get('/numbers/:n', { params: { n: 'a' } })
// @ts-expect-error the query is required
await client.get('/search')
// @ts-expect-error a wrong query
await client.get('/search', { query: { text: 1 } })
// @ts-expect-error a query that is not declared
await client.get('/items', { query: { pgae: 1 } })
// @ts-expect-error an input that is not declared
await client.get('/items', { body: {} })
// @ts-expect-error the body is required
await client.post('/items')
// @ts-expect-error a wrong literal
await client.post('/items', { body: { id: 1, kind: 'c' } })
// @ts-expect-error a missing field
await client.post('/items', { body: { id: 1 } })
// @ts-expect-error the header is required
await client.get('/traced', { headers: { 'x-other': 'a' } })

// Bodies of other kinds, under their own names
same<string>()(await client.post('/login', { form: { user: 'a', age: 1 } }))
same<string>()(await client.post('/echo', { text: 'a' }))
same<Uint8Array>()(await client.post('/upload', { bytes: new Uint8Array() }))
same<string>()(await client.post('/photos', { multipart: { photo: new File([], 'a'), meta: { title: 'b' } } }))
same<string>()(await client.post('/parts', { multipart: new FormData() }))
same<string>()(await client.post('/pour', { bytes: new ReadableStream<Uint8Array>() }))
// @ts-expect-error a file is no text
await client.post('/photos', { multipart: { photo: 'text', meta: { title: 'b' } } })
// @ts-expect-error parts are sent as multipart
await client.post('/parts', { parts: {} })
// @ts-expect-error a form is not JSON
await client.post('/login', { body: { user: 'a', age: 1 } })
// @ts-expect-error a wrong field of a form
await client.post('/login', { form: { user: 'a', age: 'b' } })
// @ts-expect-error text is a string
await client.post('/echo', { text: 1 })

// Streams
for await (const item of client.get('/count')) same<{ n: number; at: string }>()(item)
for await (const item of client.get('/lines')) same<{ id: number; kind: 'a' | 'b' }>()(item)
for await (const item of client.get('/generated')) same<{ at: string }>()(item)
for await (const item of client.get('/tagged')) same<number>()(item.n)
for await (const event of client.post('/chat', { body: { prompt: 'a' } }))
  if (event.event === 'token') same<string>()(event.data)
  else same<{ total: number }>()(event.data)
// @ts-expect-error a value is no stream
for await (const item of client.get('/items')) same<never>()(item)
// @ts-expect-error a stream is no value
same<number>()((await client.get('/count')).n)
// @ts-expect-error the body of a stream is required
client.post('/chat')

// Several modules, also where their exports have the same names
const both = createClient<[typeof api, typeof other]>({ baseUrl: '' })
same<string>()(await both.get('/'))
same<{ other: boolean }>()(await both.get('/other'))
// @ts-expect-error of neither
await both.get('/neither')
const merged = createClient<typeof api & Pick<typeof other, 'readOther'>>({ baseUrl: '' })
same<string>()(await merged.get('/'))
same<{ other: boolean }>()(await merged.get('/other'))

// Of a router that is included at a prefix
const prefixed = createClient<[typeof api, Prefixed<'/v1', typeof other>]>({ baseUrl: '' })
same<{ other: boolean }>()(await prefixed.get('/v1/other'))
// @ts-expect-error without the prefix
await prefixed.get('/other')

// The test client is the same
await using test = createTestClient<typeof api>(api.app, { headers: { 'x-any': 'a' } })
same<string>()(await test.get('/'))
await test.close()
// @ts-expect-error the body is required
await test.post('/items')
