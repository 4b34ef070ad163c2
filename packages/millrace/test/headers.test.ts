import { App } from 'millrace'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { describeTransports, serveHttp } from './support/serve.ts'
import { RawSocket, rawRequest } from './support/socket.ts'

describeTransports('headers', (serve) => {
  it('that are not declared are there for a schema that is open to them', async () => {
    const app = new App()
    const pick = (headers: Record<string, unknown>) => [headers['x-a'], headers['x-b'], headers['x-undeclared']]
    app.get('/loose', { headers: z.looseObject({ 'x-a': z.number() }) }, ({ headers }) => pick(headers))
    app.get('/closed', { headers: z.object({ 'x-a': z.number() }) }, ({ headers }) => pick(headers))
    app.get('/strict', { headers: z.strictObject({ 'x-a': z.number() }) }, ({ headers }) => pick(headers))
    const { request } = await serve(app)
    const read = async (path: string) => (await request(path, { headers: { 'X-A': '1', 'X-B': '2' } })).json()
    expect(await read('/loose')).toEqual([1, '2', null])
    expect(await read('/closed')).toEqual([1, null, null])
    expect(await read('/strict')).toEqual([1, null, null])
  })

  it('are found in any case, coerced and checked', async () => {
    const app = new App()
    const headers = z.object({
      'x-token': z.string().min(3),
      'x-depth': z.int().default(1),
      'X-Mixed': z.boolean().optional(),
    })
    app.get('/', { headers }, (context) => context.headers)
    const { request } = await serve(app)
    const read = async (init: Record<string, string>) => (await request('/', { headers: init })).json()
    expect(await read({ 'X-Token': 'abc' })).toEqual({ 'x-token': 'abc', 'x-depth': 1 })
    expect(await read({ 'x-token': 'abc', 'X-DEPTH': '5', 'x-mixed': 'true' })).toEqual({
      'x-token': 'abc',
      'x-depth': 5,
      'X-Mixed': true,
    })
    expect(await read({ 'x-depth': 'deep' })).toMatchObject({
      status: 422,
      errors: [
        { in: 'headers', path: ['x-token'], code: 'missing', message: 'Required' },
        { in: 'headers', path: ['x-depth'], code: 'invalid_type' },
      ],
    })
  })

  it('of a strict schema are only those that it declares', async () => {
    const app = new App()
    app.get('/', { headers: z.strictObject({ 'x-a': z.string() }) }, (context) => context.headers)
    const { request } = await serve(app)
    expect(await (await request('/', { headers: { 'x-a': '1', 'x-b': '2' } })).json()).toEqual({ 'x-a': '1' })
  })

  it('that are repeated make an array', async () => {
    const app = new App()
    app.get('/', { headers: z.object({ 'x-n': z.array(z.int()), 'x-s': z.string() }) }, (context) => context.headers)
    const { request } = await serve(app)
    const headers = new Headers([
      ['x-n', '1'],
      ['x-n', '2'],
      ['x-s', 'a'],
      ['x-s', 'b'],
    ])
    expect(await (await request('/', { headers })).json()).toEqual({ 'x-n': [1, 2], 'x-s': 'a, b' })
  })

  it('that are lists have no items between two commas, or where nothing stands', async () => {
    const app = new App()
    const headers = z.object({ 'x-n': z.array(z.int()), 'x-s': z.array(z.string()) })
    app.get('/', { headers }, (context) => context.headers)
    const { request } = await serve(app)
    const read = async (n: string, s: string) => (await request('/', { headers: { 'x-n': n, 'x-s': s } })).json()
    expect(await read('1, ,2,', ',a,, b')).toEqual({ 'x-n': [1, 2], 'x-s': ['a', 'b'] })
    expect(await read('', ' ')).toEqual({ 'x-n': [], 'x-s': [] })
  })

  it('are all there for a schema that declares none', async () => {
    const app = new App()
    app.get('/', { headers: z.record(z.string(), z.string()) }, ({ headers }) => [headers['x-a'], headers['x-b']])
    const { request } = await serve(app)
    expect(await (await request('/', { headers: { 'X-A': '1', 'x-b': '2' } })).json()).toEqual(['1', '2'])
  })
})

it.each(['http', 'net'] as const)('that are repeated are one list, whichever they are (%s)', async (transport) => {
  const app = new App({ logger: false })
  app.get('/', { headers: z.object({ authorization: z.string(), 'user-agent': z.string() }) }, ({ headers }) => headers)
  const { port } = await serveHttp(app, undefined, transport)
  const socket = new RawSocket(port)
  const repeated = ['Authorization: Bearer a', 'Authorization: Bearer b', 'User-Agent: c', 'User-Agent: d']
  await socket.write(rawRequest('GET', '/', [...repeated, '']))
  expect(JSON.parse((await socket.answer()).body)).toEqual({
    authorization: 'Bearer a, Bearer b',
    'user-agent': 'c, d',
  })
})
