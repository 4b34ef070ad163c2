import { App, byteStream, bytes, form, HttpError, html, multipart, parts, reply, text } from 'millrace'
import { ClientError, createClient } from 'millrace/client'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { describeTransports, type Served } from './support/serve.ts'

const app = new App({ logger: false })
const Item = z.object({ id: z.number(), kind: z.enum(['a', 'b']) })
const api = {
  root: app.get('/', () => 'hello'),
  nothing: app.delete('/nothing', () => undefined),
  readItem: app.get('/items/:id', ({ params }) => params),
  readPart: app.get('/items/:id/parts/:part?', ({ params }) => params),
  readFile: app.get('/files/*path', ({ params }) => params),
  numbered: app.get('/numbers/:n', { params: z.object({ n: z.number() }) }, ({ params }) => params),
  search: app.get(
    '/search',
    { query: z.object({ text: z.string(), tags: z.array(z.string()).default([]), page: z.number().optional() }) },
    ({ query }) => query,
  ),
  createItem: app.post(
    '/items',
    { body: Item, response: Item, status: 201, responses: { 409: z.object({ code: z.literal('taken') }) } },
    ({ body }) => (body.id === 0 ? reply(409, { code: 'taken' }) : body),
  ),
  patchItem: app.patch('/items/:id', { body: z.object({ kind: z.string() }) }, ({ body }) => body),
  putItem: app.put('/items/:id', { body: z.array(z.number()) }, ({ body }) => body),
  dated: app.get('/dated', { response: z.object({ at: z.date(), big: z.bigint(), set: z.set(z.number()) }) }, () => ({
    at: new Date(0),
    big: 12345678901234567890n,
    set: new Set([1, 2]),
  })),
  login: app.post(
    '/login',
    { body: form(z.object({ user: z.string(), age: z.number(), roles: z.array(z.string()) })) },
    ({ body }) => body,
  ),
  echo: app.post('/echo', { body: text(), response: html() }, ({ body }) => `<p>${body}</p>`),
  upload: app.post('/upload', { body: bytes(), response: bytes('image/png') }, ({ body }) => body.toReversed()),
  addPhoto: app.post(
    '/photos',
    {
      body: multipart(
        z.object({
          photos: z.array(z.file()),
          meta: z.object({ title: z.string() }),
          points: z.array(z.object({ x: z.number() })),
          tags: z.array(z.string()),
          rating: z.int(),
          at: z.date(),
          note: z.string().optional(),
        }),
      ),
    },
    async ({ body: { photos, ...rest } }) => ({
      ...rest,
      photos: await Promise.all(photos.map(async (photo) => [photo.name, photo.type, await photo.text()])),
    }),
  ),
  addParts: app.post('/parts', { body: parts() }, async ({ body }) => {
    const names: string[] = []
    for await (const part of body) names.push(part.filename ?? part.name)
    return names
  }),
  pour: app.put('/pour', { body: byteStream() }, async ({ body }) => (await new Response(body).bytes()).byteLength),
  traced: app.get(
    '/traced',
    { headers: z.object({ 'x-trace': z.string(), 'x-count': z.number() }), cookies: z.object({ session: z.string() }) },
    ({ headers, cookies }) => ({ ...headers, ...cookies }),
  ),
  find: app.query('/find', { body: z.object({ text: z.string() }) }, ({ body }) => [body.text]),
  offers: app.options('/find', () => reply(200, 'QUERY')),
  refused: app.get('/refused', () => {
    throw new HttpError(404, 'No such item', { code: 'no_item', headers: { 'x-reason': 'gone' }, extra: { id: 7 } })
  }),
  plainError: app.get('/plain-error', () => new Response('down', { status: 503, statusText: 'Service Unavailable' })),
}

async function failureOf(call: Promise<unknown>): Promise<ClientError> {
  const error = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  expect(error).toBeInstanceOf(ClientError)
  return error as ClientError
}

/** A client of the app behind a transport. */
const clientOf = ({ url, request }: Served) =>
  createClient<typeof api>({ baseUrl: `${url}/`, fetch: (target, init) => request(target.slice(url.length), init) })

describeTransports('a client', (serve) => {
  // Each transport needs an app with a life of its own.
  const open = async () => clientOf(await serve(app.with({ overrides: [] })))

  it('gives what the handler returns', async () => {
    const client = await open()
    expect(await client.get('/')).toBe('hello')
    expect(await client.delete('/nothing')).toBe(undefined)
    expect(await client.get('/dated')).toEqual({
      at: '1970-01-01T00:00:00.000Z',
      big: '12345678901234567890',
      set: [1, 2],
    })
  })

  it('fills in the path', async () => {
    const client = await open()
    expect(await client.get('/items/:id', { params: { id: 'a/b ?#%ü' } })).toEqual({ id: 'a/b ?#%ü' })
    expect(await client.get('/items/:id/parts/:part?', { params: { id: 1, part: 'p' } })).toEqual({
      id: '1',
      part: 'p',
    })
    expect(await client.get('/items/:id/parts/:part?', { params: { id: 1 } })).toEqual({ id: '1' })
    expect(await client.get('/files/*path', { params: { path: 'a/b c/d.txt' } })).toEqual({ path: 'a/b c/d.txt' })
    expect(await client.get('/numbers/:n', { params: { n: 7 } })).toEqual({ n: 7 })
  })

  it.each(['.', '..', ''])('does not send %j as a parameter, which would be another path', async (id) => {
    const client = await open()
    await expect(client.get('/items/:id', { params: { id } })).rejects.toThrow(TypeError)
  })

  it('writes queries, with arrays as repeated names', async () => {
    const client = await open()
    expect(await client.get('/search', { query: { text: 'a&b=c', tags: ['x', 'y z'], page: 2 } })).toEqual({
      text: 'a&b=c',
      tags: ['x', 'y z'],
      page: 2,
    })
    expect(await client.get('/search', { query: { text: '', page: undefined } })).toEqual({ text: '', tags: [] })
  })

  it('sends files and parts of JSON, and streams', async () => {
    const client = await open()
    const photos = [
      new File(['one'], '1.png', { type: 'image/png' }),
      new File(['two'], '2.txt', { type: 'text/plain' }),
    ]
    const given = { meta: { title: 'Mühle' }, points: [{ x: 1 }, { x: 2 }], tags: ['a'], rating: 5, at: new Date(0) }
    expect(await client.post('/photos', { multipart: { ...given, photos, note: undefined } })).toEqual({
      ...given,
      at: '1970-01-01T00:00:00.000Z',
      photos: [
        ['1.png', 'image/png', 'one'],
        ['2.txt', 'text/plain', 'two'],
      ],
    })
    const data = new FormData()
    data.set('a', 'x')
    data.set('b', new Blob(['y']), 'y.bin')
    expect(await client.post('/parts', { multipart: data })).toEqual(['a', 'y.bin'])
    expect(await client.post('/parts', { multipart: { c: 'x' } })).toEqual(['c'])
    expect(await client.put('/pour', { bytes: new Blob(['abc', 'de']).stream() })).toBe(5)
    expect(await client.put('/pour', { bytes: new Uint8Array(3) })).toBe(3)
  })

  it('sends bodies of every kind', async () => {
    const client = await open()
    expect(await client.post('/items', { body: { id: 1, kind: 'a' } })).toEqual({ id: 1, kind: 'a' })
    expect(await client.patch('/items/:id', { params: { id: 1 }, body: { kind: 'ü' } })).toEqual({ kind: 'ü' })
    expect(await client.put('/items/:id', { params: { id: 1 }, body: [1, 2] })).toEqual([1, 2])
    expect(await client.post('/login', { form: { user: 'a b', age: 3, roles: ['x', 'y'] } })).toEqual({
      user: 'a b',
      age: 3,
      roles: ['x', 'y'],
    })
    expect(await client.post('/echo', { text: 'grüß' })).toBe('<p>grüß</p>')
    expect(await client.post('/upload', { bytes: new Uint8Array([1, 2, 255]) })).toEqual(new Uint8Array([255, 2, 1]))
  })

  it('calls QUERY and OPTIONS', async () => {
    const client = await open()
    expect(await client.query('/find', { body: { text: 'a' } })).toEqual(['a'])
    expect(await client.options('/find')).toBe('QUERY')
  })

  it('sends headers and cookies', async () => {
    const client = await open()
    const headers = { 'x-trace': 't', 'x-count': 2 }
    expect(await client.get('/traced', { headers, cookies: { session: 'a; b=ü' } })).toEqual({
      'x-trace': 't',
      'x-count': 2,
      session: 'a; b=ü',
    })
  })

  it('gives the response itself when asked', async () => {
    const client = await open()
    const response = await client.post('/items', { body: { id: 1, kind: 'a' } }).response()
    expect([response.status, response.headers.get('content-type'), await response.json()]).toEqual([
      201,
      'application/json',
      { id: 1, kind: 'a' },
    ])
    expect((await client.get('/refused').response()).status).toBe(404)
    const head = await client.head('/').response()
    expect([head.status, await head.text()]).toEqual([200, ''])
    expect(await client.head('/')).toBe(undefined)
  })

  it('throws the problem of a refused call', async () => {
    const client = await open()
    const error = await failureOf(client.get('/refused'))
    expect(error.message).toBe('GET /refused was answered with 404: No such item')
    expect([error.status, error.headers.get('x-reason'), error.response.status]).toEqual([404, 'gone', 404])
    expect(error.problem).toEqual({
      type: 'about:blank',
      title: 'Not Found',
      status: 404,
      detail: 'No such item',
      code: 'no_item',
      id: 7,
    })
  })

  it('throws every issue of the inputs', async () => {
    const client = await open()
    const { status, problem } = await failureOf(client.get('/numbers/:n', { params: { n: 'x' as unknown as number } }))
    expect([status, problem?.code, problem?.errors?.map(({ in: place, path }) => [place, path])]).toEqual([
      422,
      'invalid_input',
      [['params', ['n']]],
    ])
  })

  it('throws for declared statuses that are none of success, and for answers without a problem', async () => {
    const client = await open()
    const taken = await failureOf(client.post('/items', { body: { id: 0, kind: 'a' } }))
    expect([taken.status, taken.body, taken.problem]).toEqual([409, { code: 'taken' }, undefined])
    const down = await failureOf(client.get('/plain-error'))
    expect([down.status, down.body, down.problem]).toEqual([503, 'down', undefined])
  })
})

it('sends a call once, when it is awaited, however often', async () => {
  const sent: string[] = []
  const client = createClient<typeof api>({
    baseUrl: 'http://127.0.0.1',
    fetch: async (url, init) => {
      sent.push(`${init.method} ${url}`)
      return new Response('hi', { headers: { 'content-type': 'text/plain' } })
    },
  })
  const call = client.get('/')
  expect(sent).toEqual([])
  expect(await Promise.all([call, call, call.finally(() => undefined)])).toEqual(['hi', 'hi', 'hi'])
  expect(sent).toEqual(['GET http://127.0.0.1/'])
})

it('asks for common headers each time; a call overrides them', async () => {
  const seen: (string | null)[][] = []
  let token = 0
  const client = createClient<typeof api>({
    baseUrl: '',
    credentials: 'include',
    headers: async () => ({ authorization: `Bearer ${++token}`, 'x-common': 'c', 'x-none': undefined }),
    fetch: async (url, { headers, credentials = null }) => {
      const given = headers as Headers
      seen.push([url, given.get('authorization'), given.get('x-common'), given.get('x-none'), credentials])
      return new Response(null, { status: 204 })
    },
  })
  await client.get('/')
  await client.get('/', { headers: { 'x-common': 'own' } })
  expect(seen).toEqual([
    ['/', 'Bearer 1', 'c', null, 'include'],
    ['/', 'Bearer 2', 'own', null, 'include'],
  ])
})

it('aborts a call by its signal', async () => {
  const controller = new AbortController()
  const client = createClient<typeof api>({
    baseUrl: 'http://127.0.0.1',
    fetch: (_url, { signal }) =>
      new Promise((_, reject) => {
        signal?.addEventListener('abort', () => reject(signal.reason))
        controller.abort(new Error('enough'))
      }),
  })
  await expect(client.get('/', { signal: controller.signal })).rejects.toThrow('enough')
})
