import { App, bytes, text } from 'millrace'
import { expect, it } from 'vitest'
import { describeTransports } from './support/serve.ts'

describeTransports('a body of text or bytes', (serve) => {
  const app = () => {
    const made = new App({ maxBodyBytes: 8 })
    made.post('/text', { body: text() }, ({ body }) => ({ body }))
    made.post('/bytes', { body: bytes() }, ({ body }) => ({ type: body.constructor.name !== 'String', all: [...body] }))
    return serve(made)
  }
  const send = (type: string, body: string | Uint8Array<ArrayBuffer>): RequestInit => ({
    method: 'POST',
    headers: { 'content-type': type },
    body,
  })

  it('text is UTF-8 of any text type', async () => {
    const { request } = await app()
    expect(await (await request('/text', send('text/plain', 'é😀'))).json()).toEqual({ body: 'é😀' })
    expect(await (await request('/text', send('text/markdown; charset=utf-8', '# a'))).json()).toEqual({ body: '# a' })
    expect((await request('/text', send('application/json', '{}'))).status).toBe(415)
    expect((await request('/text', send('text/plain; charset=utf-16', 'a'))).status).toBe(415)
    const broken = await request('/text', send('text/plain', new Uint8Array([0xff, 0xfe])))
    expect([broken.status, await broken.json()]).toMatchObject([400, { code: 'malformed_body' }])
  })

  it('bytes are of any type', async () => {
    const { request } = await app()
    const raw = new Uint8Array([0, 255, 128])
    expect(await (await request('/bytes', send('image/png', raw))).json()).toEqual({ type: true, all: [0, 255, 128] })
    expect(await (await request('/bytes', { method: 'POST' })).json()).toEqual({ type: true, all: [] })
    expect((await request('/bytes', send('image/png', new Uint8Array(9)))).status).toBe(413)
  })
})
