import { App, byteStream, bytes, form, multipart, parts } from 'millrace'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { posted, written } from './support/multipart.ts'
import { serveFetch } from './support/serve.ts'

// A web request may have a stream as its body, which can fail by itself: on a socket that is the client's leaving.
it.each([
  ['without a reason', undefined],
  ['with one', new Error('The source is broken')],
])('a stream that fails %s ends whatever reads it', async (_how, reason) => {
  const app = new App()
  const Any = z.looseObject({})
  app.post('/multipart', { body: multipart(Any) }, () => 'unreached')
  app.post('/form', { body: form(Any) }, () => 'unreached')
  app.post('/parts', { body: parts() }, async ({ body }) => {
    for await (const part of body) await part.bytes()
  })
  app.post('/stream', { body: byteStream() }, async ({ body }) => {
    for await (const piece of body) expect(piece.byteLength).toBeGreaterThan(0)
  })
  app.post('/gzip', { body: byteStream(), decompress: true }, ({ body }) => new Response(body).text())
  const { request } = await serveFetch(app)
  app.post('/bytes', { body: bytes() }, () => 'unreached')
  for (const path of ['/multipart', '/form', '/parts', '/stream', '/gzip', '/bytes']) {
    let pulls = 0
    const body = new ReadableStream<Uint8Array>({
      pull: (controller) => {
        if (pulls++ === 0) controller.enqueue(written([{ as: 'a', content: 'begin' }], ''))
        else controller.error(reason)
      },
    })
    const init = posted(body)
    if (path === '/gzip') Object.assign(init.headers as object, { 'content-encoding': 'gzip' })
    const { status } = await request(path, init)
    expect([path, status]).toEqual([path, 499])
  }
})
