import { App, dependency, fail, HttpError, silentLogger, sse } from 'millrace'
import { describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { failOnFaults } from './support/faults.ts'
import { type Recorder, recorder, serveHttp } from './support/serve.ts'
import { RawSocket, rawRequest } from './support/socket.ts'

failOnFaults()

function makeApp(): { app: App; log: Recorder; open: Set<string> } {
  const log = recorder()
  const open = new Set<string>()
  const resource = dependency(async function* () {
    open.add('resource')
    try {
      yield 'resource'
    } finally {
      open.delete('resource')
    }
  })
  const app = new App({ logger: log.logger, docs: false })
  app.get('/ok', () => 'ok')
  app.get('/fails', { deps: { resource } }, () => {
    throw new Error('secret of the handler')
  })
  app.get(
    '/failing-dependency',
    { deps: { resource, broken: dependency(() => Promise.reject(new Error('secret'))) } },
    () => 1,
  )
  const badCleanup = dependency(async function* () {
    yield 1
    throw new Error('cleanup broke')
  })
  app.get('/failing-cleanup', { deps: { badCleanup } }, () => 'sent')
  app.get('/failing-early-stream', { response: sse(z.number()), deps: { resource } }, async function* () {
    if (open.size > 0) throw new HttpError(409, 'Too early')
    yield 1
  })
  app.get('/failing-stream', { response: sse(z.number()), deps: { resource } }, async function* () {
    yield 1
    throw new Error('secret of the stream')
  })
  app.get('/failing-first-item', { response: sse(z.number()), deps: { resource } }, async function* () {
    open.add('generator')
    try {
      yield 'not a number' as unknown as number
    } finally {
      open.delete('generator')
    }
  })
  return { app, log, open }
}

describe('an exception', () => {
  const internal = {
    type: 'about:blank',
    title: 'Internal Server Error',
    status: 500,
    detail: 'The server failed to answer this request',
    code: 'internal_error',
  }

  it.each([
    ['a handler', '/fails', 'secret of the handler'],
    ['a dependency', '/failing-dependency', 'secret'],
  ])('in %s gives 500 without its message', async (_name, path, message) => {
    const { app, log, open } = makeApp()
    const { port } = await serveHttp(app)
    const socket = new RawSocket(port)
    void socket.write(rawRequest('GET', path))
    const { status, body } = await socket.answer()
    expect([status, JSON.parse(body)]).toEqual([500, internal])
    expect(log.takeErrors()).toEqual([{ message: 'An error was not handled', error: message }])
    expect(open).toEqual(new Set())
    void socket.write(rawRequest('GET', '/ok'))
    expect((await socket.answer()).body).toBe('ok')
  })

  it('in a logger, or an entry that cannot be written, does not harm the answer', async () => {
    const written = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
    try {
      const circle: { cause?: unknown } = {}
      circle.cause = circle
      const logger = { ...silentLogger, error: () => fail(418) }
      for (const options of [{}, { logger }]) {
        const app = new App({ docs: false, ...options })
        app.get('/', () => {
          throw new Error('circular', { cause: circle })
        })
        const { request } = await serveHttp(app)
        const response = await request('/')
        expect([response.status, await response.json()]).toEqual([500, internal])
      }
      const entries = written.mock.calls.map(
        ([line]) => JSON.parse(String(line)) as { message: string; unwritable?: string },
      )
      expect(entries.map(({ message, unwritable }) => [message, unwritable?.split('\n')[0]])).toEqual([
        ['An error was not handled', 'TypeError: Converting circular structure to JSON'],
        ['The logger failed', undefined],
      ])
    } finally {
      written.mockRestore()
    }
  })

  it('in a cleanup is logged, after the answer has been sent', async () => {
    const { app, log } = makeApp()
    const { port } = await serveHttp(app)
    const socket = new RawSocket(port)
    void socket.write(rawRequest('GET', '/failing-cleanup') + rawRequest('GET', '/ok'))
    expect((await socket.answer()).body).toBe('sent')
    expect((await socket.answer()).body).toBe('ok')
    expect(log.takeErrors()).toEqual([{ message: 'The cleanup of a dependency failed', error: 'cleanup broke' }])
  })

  it('before the first item of a stream has its status', async () => {
    const { app, open } = makeApp()
    const { port } = await serveHttp(app)
    const socket = new RawSocket(port)
    void socket.write(rawRequest('GET', '/failing-early-stream'))
    const { status, body } = await socket.answer()
    expect([status, JSON.parse(body)]).toEqual([
      409,
      { type: 'about:blank', title: 'Conflict', status: 409, detail: 'Too early' },
    ])
    expect(open).toEqual(new Set())
  })

  it('in the first item of a stream has its status, and ends the generator', async () => {
    const { app, log, open } = makeApp()
    const { port } = await serveHttp(app)
    const socket = new RawSocket(port)
    void socket.write(rawRequest('GET', '/failing-first-item'))
    const { status, body } = await socket.answer()
    expect([status, JSON.parse(body)]).toEqual([500, { ...internal, code: 'invalid_response' }])
    expect(log.takeErrors()).toHaveLength(1)
    expect(open).toEqual(new Set())
  })

  it('in a stream is its last event', async () => {
    const { app, log, open } = makeApp()
    const { port } = await serveHttp(app)
    const socket = new RawSocket(port)
    void socket.write(rawRequest('GET', '/failing-stream'))
    const { status, body } = await socket.answer()
    expect([status, body]).toEqual([200, `data: 1\n\nevent: error\ndata: ${JSON.stringify(internal)}\n\n`])
    expect(log.takeErrors()).toEqual([{ message: 'A stream failed', error: 'secret of the stream' }])
    expect(open).toEqual(new Set())
    void socket.write(rawRequest('GET', '/ok'))
    expect((await socket.answer()).body).toBe('ok')
  })
})
