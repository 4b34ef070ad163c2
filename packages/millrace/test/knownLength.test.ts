import { App, bytes } from 'millrace'
import { expect, it } from 'vitest'
import { describeTransports, recorder, serveHttp } from './support/serve.ts'
import { RawSocket, rawRequest } from './support/socket.ts'

const encode = (text: string) => new TextEncoder().encode(text)

/** Announces a length, and sends pieces. */
function appOf(length: number, ...pieces: string[]) {
  const log = recorder()
  const app = new App({ logger: log.logger })
  app.get('/', { response: bytes('text/plain') }, async function* ({ response }) {
    response.headers.set('content-length', String(length))
    for (const piece of pieces) yield encode(piece)
  })
  app.get('/response', () => {
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        for (const piece of pieces) controller.enqueue(encode(piece))
        controller.close()
      },
    })
    return new Response(body, { headers: { 'content-length': String(length) } })
  })
  return { app, log }
}

describeTransports('a stream whose length is announced', (serve) => {
  it.each(['/', '/response'])('keeps it: %s', async (path) => {
    const { app } = appOf(5, 'äb', 'cd', '')
    const { request } = await serve(app)
    const response = await request(path)
    expect([response.headers.get('content-length'), await response.text()]).toEqual(['5', 'äbcd'])
    const head = await request(path, { method: 'HEAD' })
    expect([head.headers.get('content-length'), await head.text()]).toEqual(['5', ''])
  })

  it.each<[string, number, string[], string]>([
    ['too few', 10, ['ab', 'cd'], '4'],
    ['none', 10, [], '0'],
    ['too many', 3, ['ab', 'cd'], '4 or more'],
  ])('fails for %s', async (_name, length, pieces, sent) => {
    for (const path of ['/', '/response']) {
      const { app, log } = appOf(length, ...pieces)
      const { request } = await serve(app)
      await expect(request(path).then((response) => response.text())).rejects.toThrow()
      await expect
        .poll(() => log.takeErrors(), { timeout: 10_000 })
        .toEqual([
          {
            message: 'A stream has not the length that it announces',
            error: `The body has ${sent} bytes, and its content-length announces ${length}`,
          },
        ])
    }
  })
})

it.each(['http', 'net'] as const)('what is too many is never sent (%s)', async (transport) => {
  const { app, log } = appOf(3, 'ab', 'HTTP/1.1 200 OK')
  const { port } = await serveHttp(app, undefined, transport)
  const socket = new RawSocket(port)
  await socket.write(rawRequest('GET', '/'))
  expect(await socket.until('\r\n\r\nab')).toContain('content-length: 3')
  await socket.closed
  await expect(socket.until('HTTP')).rejects.toThrow('The connection ended after: ')
  log.takeErrors()
})
