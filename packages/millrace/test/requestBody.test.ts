import { App, bytes, type Middleware } from 'millrace'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { describeTransports, recorder } from './support/serve.ts'

const json = (body: unknown): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
})

describeTransports('the web request of middleware', (serve) => {
  it('may be looked at before the body is read', async () => {
    const app = new App()
    app.use(({ request }, next) => {
      expect(new URL(request.url).pathname).toBe('/')
      return next()
    })
    app.post('/', { body: z.object({ a: z.int() }) }, async ({ body, request }) => [body, await request.json()])
    const { request } = await serve(app)
    expect(await (await request('/', json({ a: 1 }))).json()).toEqual([{ a: 1 }, { a: 1 }])
  })

  it('may be cloned, and the clone read', async () => {
    const app = new App()
    const seen: unknown[] = []
    app.use(async ({ request }, next) => {
      seen.push(await request.clone().json())
      return next()
    })
    app.post('/', { body: z.object({ a: z.int() }) }, ({ body }) => body)
    const { request } = await serve(app)
    expect(await (await request('/', json({ a: 1 }))).json()).toEqual({ a: 1 })
    expect(seen).toEqual([{ a: 1 }])
  })

  it('that was read itself leaves no body for the operation, which is told', async () => {
    const log = recorder()
    const app = new App({ logger: log.logger })
    app.use(async ({ request }, next) => {
      await request.json()
      return next()
    })
    app.post('/', { body: z.object({ a: z.int() }) }, ({ body }) => body)
    const { request } = await serve(app)
    expect((await request('/', json({ a: 1 }))).status).toBe(500)
    expect(log.takeErrors()).toEqual([
      {
        message: 'An error was not handled',
        error: 'The body was read through `request` before the operation could: read request.clone() instead',
      },
    ])
  })

  it('is bounded, too', async () => {
    const app = new App({ maxBodyBytes: 5 })
    app.use(({ request }, next) => {
      expect(request.method).toBe('POST')
      return next()
    })
    app.post('/small', { body: z.string(), maxBodyBytes: 3 }, ({ body }) => body)
    app.post('/default', { body: z.string() }, ({ body }) => body)
    const { request } = await serve(app)
    expect(await (await request('/default', json('abc'))).text()).toBe('abc')
    expect((await request('/default', json('abcd'))).status).toBe(413)
    expect((await request('/small', json('ab'))).status).toBe(413)
  })

  it('has the limit of its operation, whoever reads it', async () => {
    const app = new App({ maxBodyBytes: 100 })
    const length = async ({ request }: { readonly request: Request }) => (await request.arrayBuffer()).byteLength
    app.post('/large', { maxBodyBytes: 1_000 }, length)
    app.post('/small', { maxBodyBytes: 10 }, length)
    app.post('/default', length)
    const look: Middleware = async ({ request }, next) => {
      await request.clone().arrayBuffer()
      return next()
    }
    app.post('/looked-at', { use: [look], body: bytes(), maxBodyBytes: 1_000 }, ({ body }) => body.byteLength)
    const { request } = await serve(app)
    const send = async (path: string, size: number) => {
      const response = await request(path, { method: 'POST', body: new Uint8Array(size) })
      return [response.status, response.status === 200 ? await response.json() : undefined]
    }
    expect(await send('/large', 1_000)).toEqual([200, 1_000])
    expect(await send('/large', 1_001)).toEqual([413, undefined])
    expect(await send('/small', 10)).toEqual([200, 10])
    expect(await send('/small', 11)).toEqual([413, undefined])
    expect(await send('/default', 100)).toEqual([200, 100])
    expect(await send('/default', 101)).toEqual([413, undefined])
    expect(await send('/looked-at', 1_000)).toEqual([200, 1_000])
  })
})
