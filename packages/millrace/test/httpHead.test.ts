import { type ChannelListener, channel } from 'node:diagnostics_channel'
import type { ServerResponse } from 'node:http'
import { Answer, App, HttpError, sse } from 'millrace'
import { describe, expect, it, onTestFinished } from 'vitest'
import { z } from 'zod'
import { failOnFaults } from './support/faults.ts'
import { serveHttp } from './support/serve.ts'
import { RawSocket, rawRequest } from './support/socket.ts'

failOnFaults()

function makeApp(): App {
  const app = new App({ docs: false, logger: false })
  app.get('/', () => ({ a: 'ä' }))
  app.get('/refused', () => {
    throw new HttpError(418, 'Only tea')
  })
  app.get('/odd', () => new Answer(299, ['X-Odd', 'a', 'set-cookie', 'a=1', 'set-cookie', 'b=2', 'date', 'then'], 'x'))
  app.get('/none', () => new Answer(204, [], null))
  app.get('/bytes', () => new Uint8Array([1, 2, 3]))
  app.get('/framed', () => new Answer(204, ['content-length', '0', 'trailer', 'x-sum'], null))
  app.get('/announced', () => new Answer(200, ['trailer', 'x-sum'], 'whole'))
  app.get('/reset', () => new Answer(205, [], null))
  app.get('/closing', () => new Answer(200, ['connection', 'close'], 'bye'))
  app.get('/events', { response: sse(z.string()) }, function* () {
    yield 'one'
  })
  return app
}

/** Calls `listener` with each response that Node's server makes, or has sent, while the test runs. */
function onResponse(name: 'start' | 'response.finish', listener: (response: ServerResponse) => void): void {
  const found = channel(`http.server.${name === 'start' ? 'request.start' : name}`)
  const heard: ChannelListener = (message) => listener((message as { response: ServerResponse }).response)
  found.subscribe(heard)
  onTestFinished(() => void found.unsubscribe(heard))
}

/** A head in one form: Node writes some names in upper case, and the date at another place. */
function normal(head: string): string[] {
  const [statusLine, ...lines] = head.trimEnd().split('\r\n')
  const fields = lines.map((line) => line.replace(/^[^:]+/, (name) => name.toLowerCase()))
  return [statusLine as string, ...fields.map((line) => line.replace(/^(date: \w{3}), .*/, '$1')).sort()]
}

async function headOf(port: number, path: string, method = 'GET'): Promise<string> {
  const socket = new RawSocket(port)
  await socket.write(rawRequest(method, path))
  return await socket.until('\r\n\r\n')
}

describe('the head of an answer on node:http', () => {
  it.each([
    ['GET', '/'],
    ['HEAD', '/'],
    ['GET', '/refused'],
    ['GET', '/odd'],
    ['GET', '/none'],
    ['GET', '/bytes'],
    ['GET', '/reset'],
    ['GET', '/closing'],
    ['GET', '/events'],
    ['GET', '/nowhere'],
  ])('is the same as Node writes it: %s %s', async (method, path) => {
    const { port } = await serveHttp(makeApp(), undefined, 'http')
    const ours = await headOf(port, path, method)
    // A version of Node that keeps it elsewhere: then all of it goes Node's own way.
    onResponse('start', (response) => Object.assign(response, { _header: undefined }))
    expect(normal(ours)).toEqual(normal(await headOf(port, path, method)))
  })

  it.each([
    ['/framed', [], ['HTTP/1.1 204 No Content']],
    ['/reset', ['connection: close'], ['HTTP/1.1 205 Reset Content', 'content-length: 0']],
    ['/announced', ['connection: close'], ['HTTP/1.1 200 OK', 'content-length: 5']],
  ])('says nothing of a body that is not there: %s', async (path, headers, expected) => {
    for (const transport of ['net', 'http'] as const) {
      const { port } = await serveHttp(makeApp(), undefined, transport)
      const socket = new RawSocket(port)
      await socket.write(rawRequest('GET', path, headers))
      const head = normal(await socket.until('\r\n\r\n'))
      expect(head.filter((line) => !/^(connection|keep-alive|date|trailer|content-type):/.test(line))).toEqual(expected)
    }
  })

  it('tells how long the connection stays open', async () => {
    const { port } = await serveHttp(makeApp(), { keepAliveTimeoutMs: 7_000 }, 'http')
    for (const path of ['/', '/events', '/none'])
      expect(normal(await headOf(port, path))).toEqual(
        expect.arrayContaining(['connection: keep-alive', 'keep-alive: timeout=7']),
      )
    expect(normal(await headOf(port, '/closing'))).not.toContain('keep-alive: timeout=7')
  })

  it('tells it once, whatever an answer says that comes from elsewhere', async () => {
    const app = makeApp()
    for (const status of [200, 204])
      app.get(`/${status}`, () => new Answer(status, ['keep-alive', 'timeout=60'], status === 204 ? null : 'x'))
    const expected = { net: [], http: ['keep-alive: timeout=5'] }
    for (const transport of ['net', 'http'] as const) {
      const { port } = await serveHttp(app, undefined, transport)
      for (const path of ['/200', '/204']) {
        const told = normal(await headOf(port, path)).filter((line) => line.startsWith('keep-alive:'))
        expect([transport, path, told]).toEqual([transport, path, expected[transport]])
      }
    }
  })

  it.each(['net', 'http'] as const)('is Latin-1, whatever its body is (%s)', async (transport) => {
    const app = makeApp()
    for (const body of ['a', 'ä', new Uint8Array([228]), null])
      for (const connection of ['keep-alive', 'close'])
        app.get(`/${body}/${connection}`, () => new Answer(200, ['x-name', 'é', 'connection', connection], body))
    app.get('/stream', { response: sse(z.string()) }, function* ({ response }) {
      response.headers.set('x-name', 'é')
      yield 'ä'
    })
    const { port } = await serveHttp(app, undefined, transport)
    const bodies = ['a', encodeURI('ä'), '228', 'null']
    const paths = bodies.flatMap((body) => [`/${body}/keep-alive`, `/${body}/close`])
    for (const path of [...paths, '/stream'])
      expect([path, ...normal(await headOf(port, path))]).toEqual(expect.arrayContaining([path, 'x-name: é']))
  })

  it('is there for who listens to the diagnostics of Node', async () => {
    const { port } = await serveHttp(makeApp(), undefined, 'http')
    const heard: string[] = []
    onResponse('response.finish', ({ statusCode, statusMessage }) => heard.push(`${statusCode} ${statusMessage}`))
    for (const path of ['/', '/refused', '/none']) {
      const socket = new RawSocket(port)
      await socket.write(rawRequest('GET', path, ['connection: close']))
      await socket.closed
    }
    const kept = new RawSocket(port)
    await kept.write(rawRequest('GET', '/refused') + rawRequest('GET', '/'))
    for (let count = 0; count < 2; count++) await kept.answer()
    expect(heard).toEqual(['200 OK', "418 I'm a Teapot", '204 No Content', "418 I'm a Teapot", '200 OK'])
  })
})
