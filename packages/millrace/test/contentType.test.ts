import { App, form, multipart, Router, text } from 'millrace'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { describeTransports } from './support/serve.ts'

const Name = z.object({ name: z.string() })

describeTransports('the type of a body', (serve) => {
  it('need not be told where it is not strict', async () => {
    const app = new App({ strictContentType: false })
    app.post('/json', { body: Name }, ({ body }) => body.name)
    app.post('/form', { body: form(Name) }, ({ body }) => body.name)
    app.post('/text', { body: text() }, ({ body }) => body)
    app.post('/strict', { body: Name, strictContentType: true }, ({ body }) => body.name)
    app.post('/multipart', { body: multipart(Name) }, ({ body }) => body.name)
    const { request } = await serve(app)
    const send = async (path: string, body: string, type?: string) => {
      const headers = type === undefined ? undefined : { 'content-type': type }
      // Bytes have no type of their own, as a text would.
      const response = await request(path, { method: 'POST', body: Buffer.from(body), ...(headers ? { headers } : {}) })
      return response.status === 200 ? response.text() : response.status
    }
    for (const type of [undefined, 'text/plain', 'application/x-www-form-urlencoded', 'nonsense'])
      expect(await send('/json', '{"name":"mill"}', type)).toBe('mill')
    for (const type of [undefined, 'text/plain']) {
      expect(await send('/form', 'name=mill', type)).toBe('mill')
      expect(await send('/text', 'mill', type)).toBe('mill')
    }
    expect(await send('/json', 'name=mill')).toBe(400)
    // What is not UTF-8 could not be read, and where parts begin only the type can tell.
    expect(await send('/json', '{"name":"mill"}', 'application/json; charset=utf-16')).toBe(415)
    expect(await send('/multipart', 'name=mill')).toBe(415)
    expect(await send('/strict', '{"name":"mill"}')).toBe(415)
    expect(await send('/strict', '{"name":"mill"}', 'application/json')).toBe('mill')
  })

  it('has parameters, which are none within quotes', async () => {
    const app = new App()
    app.post('/json', { body: Name }, ({ body }) => body.name)
    app.post('/multipart', { body: multipart(Name) }, ({ body }) => body.name)
    const { request } = await serve(app)
    const send = async (path: string, body: string, type: string) => {
      const response = await request(path, {
        method: 'POST',
        body: Buffer.from(body),
        headers: { 'content-type': type },
      })
      return response.status === 200 ? response.text() : response.status
    }
    for (const type of ['; x="; charset=latin1"', '; x="\\"; charset=latin1"; charset="UTF-8"', '; xcharset=latin1'])
      expect([type, await send('/json', '{"name":"mill"}', `application/json${type}`)]).toEqual([type, 'mill'])
    expect(await send('/json', '{"name":"mill"}', 'application/json; x="a"; Charset = "latin1"')).toBe(415)
    const body = '--real\r\ncontent-disposition: form-data; name=name\r\n\r\nmill\r\n--real--\r\n'
    for (const type of [
      '; x="; boundary=other"; boundary=real',
      '; boundary="re\\al"',
      '; BOUNDARY=real; boundary=other',
    ])
      expect([type, await send('/multipart', body, `multipart/form-data${type}`)]).toEqual([type, 'mill'])
  })

  it('is strict unless told otherwise, by the app, a router or the operation', async () => {
    const app = new App()
    const router = new Router({ prefix: '/lax', strictContentType: false })
    router.post('/', { body: Name }, ({ body }) => body.name)
    app.include(router)
    app.post('/', { body: Name }, ({ body }) => body.name)
    app.post('/own', { body: Name, strictContentType: false }, ({ body }) => body.name)
    const { request } = await serve(app)
    const send = async (path: string) =>
      (await request(path, { method: 'POST', body: Buffer.from('{"name":"mill"}') })).status
    expect(await send('/')).toBe(415)
    expect(await send('/lax')).toBe(200)
    expect(await send('/own')).toBe(200)
  })
})
