import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import fsPromises from 'node:fs/promises'
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { connect as connectHttp2 } from 'node:http2'
import { request as httpsRequest } from 'node:https'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { App, type AppOptions, type ListenOptions, type Server } from 'millrace'
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { makeCertificate } from './support/certificate.ts'
import { Child } from './support/child.ts'
import { failOnFaults } from './support/faults.ts'

failOnFaults()

const folder = mkdtempSync(join(tmpdir(), 'millrace-unix-'))
let count = 0
const open = new Set<Server>()

afterEach(async () => {
  for (const server of open) await server.close()
  open.clear()
})

// The folder is that of the whole file.
process.once('exit', () => rmSync(folder, { recursive: true, force: true }))

const newPath = () => join(folder, `${++count}.sock`)

function makeApp(options: AppOptions<{}> = {}) {
  const app = new App({ docs: false, logger: false, ...options })
  app.get('/who', ({ clientAddress, scheme, host }) => ({ clientAddress: clientAddress ?? null, scheme, host }))
  return app
}

async function serve(options: ListenOptions, app = makeApp()): Promise<Server> {
  const server = await app.listen({ signals: false, graceMs: 500, ...options })
  open.add(server)
  return server
}

const told = { 'x-forwarded-for': '203.0.113.7, unix', 'x-forwarded-proto': 'https', 'x-forwarded-host': 'api.example' }

const who = (path: string, headers?: Record<string, string>) => ask(path, '/who', headers)

async function ask(socketPath: string, path: string, headers: Record<string, string> = {}): Promise<unknown> {
  const request = httpRequest({ socketPath, path, headers: { host: 'localhost', ...headers }, agent: false })
  const [response] = (await once(request.end(), 'response')) as [IncomingMessage]
  return JSON.parse(await text(response))
}

const believed = { clientAddress: null, scheme: 'https', host: 'api.example' }
const here = { clientAddress: null, scheme: 'http', host: 'localhost' }

describe.each(['net', 'http', 'http2'] as const)('a Unix socket (%s)', (transport) => {
  it('is listened on, and its file is removed in the end', async () => {
    const path = newPath()
    const server = await serve({ path, transport })
    expect(server).toMatchObject({ port: 0, host: '', path, url: `unix:${path}` })
    expect(await who(path)).toEqual(here)
    await server.close()
    expect(existsSync(path)).toBe(false)
  })

  it('has the mode that is asked for', async () => {
    const path = newPath()
    await serve({ path, mode: 0o660, transport })
    expect(statSync(path).mode & 0o777).toBe(0o660)
    expect(await who(path)).toEqual(here)
  })

  it('has that mode from the start, whatever the umask is', async () => {
    const path = newPath()
    const modes: number[] = []
    const { chmod } = fsPromises
    const spy = vi.spyOn(fsPromises, 'chmod').mockImplementation(async (file, mode) => {
      modes.push(statSync(file as string).mode & 0o777)
      // By then it can be connected to.
      expect(await who(path, told)).toEqual(believed)
      await chmod(file, mode)
    })
    onTestFinished(() => spy.mockRestore())
    const before = process.umask(0)
    onTestFinished(() => void process.umask(before))
    const app = makeApp({ trustProxy: ['unix'] })
    await app.start()
    await serve({ path, mode: 0o600, transport }, app)
    expect(modes).toEqual([0o600])
    expect(process.umask()).toBe(0)
  })

  it('believes what a proxy says of its clients only where that is asked for', async () => {
    const path = newPath()
    await serve({ path, transport }, makeApp())
    const trusting = newPath()
    await serve({ path: trusting, transport }, makeApp({ trustProxy: ['unix'] }))
    const other = newPath()
    await serve({ path: other, transport }, makeApp({ trustProxy: ['loopback', 'private'] }))
    const counting = newPath()
    await serve({ path: counting, transport }, makeApp({ trustProxy: 1 }))
    expect(await who(path, told)).toEqual(here)
    expect(await who(other, told)).toEqual(here)
    const headers = { ...told, 'x-forwarded-for': '198.51.100.9, 203.0.113.7' }
    const known = { ...believed, clientAddress: '203.0.113.7' }
    expect(await who(trusting, headers)).toEqual(known)
    expect(await who(counting, headers)).toEqual(known)
    // The word of a proxy for an address is no proxy that could be believed.
    expect(await who(trusting, told)).toMatchObject({ clientAddress: null })
  })

  it('takes TLS', async () => {
    const path = newPath()
    const { key, cert } = await makeCertificate()
    await serve({ path, transport, tls: { key, cert } }, makeApp({ trustProxy: ['unix'] }))
    const request = httpsRequest({
      socketPath: path,
      path: '/who',
      ca: cert,
      agent: false,
      headers: { host: 'localhost', ...told, 'x-forwarded-for': '203.0.113.7' },
    })
    const [response] = (await once(request.end(), 'response')) as [IncomingMessage]
    expect(JSON.parse(await text(response))).toMatchObject({ clientAddress: '203.0.113.7' })
  })
})

it('speaks HTTP/2 on a Unix socket', async () => {
  const path = newPath()
  await serve({ path, transport: 'http2' }, makeApp({ trustProxy: ['unix'] }))
  const client = connectHttp2('http://localhost', { createConnection: () => connect(path) })
  onTestFinished(() => client.destroy())
  const stream = client.request({ ':path': '/who', 'x-forwarded-for': '203.0.113.7' })
  expect(JSON.parse(await text(stream))).toMatchObject({ clientAddress: '203.0.113.7', scheme: 'http' })
})

it('does not believe a connection by a port for one by a Unix socket', async () => {
  const server = await serve({ port: 0 }, makeApp({ trustProxy: ['unix'] }))
  const response = await fetch(`${server.url}/who`, { headers: told })
  expect(await response.json()).toMatchObject({ clientAddress: '127.0.0.1', scheme: 'http' })
})

describe('the file of a Unix socket', () => {
  it('is taken over where its process was killed', async () => {
    const path = newPath()
    const child = new Child('listenAtPath.ts', path)
    await child.line('listening')
    child.signal('SIGKILL')
    await child.end()
    expect(existsSync(path)).toBe(true)
    await serve({ path })
    expect(await who(path)).toEqual(here)
  })

  it('is left to whoever listens on it', async () => {
    const path = newPath()
    await serve({ path })
    await expect(serve({ path })).rejects.toMatchObject({
      code: 'EADDRINUSE',
      message: `listen EADDRINUSE: address already in use ${path}`,
    })
    expect(await who(path)).toEqual(here)
  })

  it('is left alone where it is no socket', async () => {
    const path = newPath()
    writeFileSync(path, 'mine')
    await expect(serve({ path })).rejects.toMatchObject({ code: 'EADDRINUSE' })
    expect(statSync(path).isFile()).toBe(true)
  })
})

it.each(['net', 'http', 'http2'])('listens on a socket that is open already (%s)', async (transport) => {
  const path = newPath()
  for (const where of [{ port: 0, host: '127.0.0.1' }, { path: `${path}.old` }]) {
    const opened = createServer()
    await once(opened.listen(where), 'listening')
    const address = opened.address()
    // The end of it would remove the file.
    if ('path' in where) renameSync(where.path, path)
    const { fd } = (opened as unknown as { _handle: { fd: number } })._handle
    const file = fileURLToPath(new URL('fixtures/listenAtDescriptor.ts', import.meta.url))
    const child = spawn(process.execPath, ['--conditions=millrace-source', file, transport], {
      stdio: ['ignore', 'pipe', 'inherit', fd],
    })
    onTestFinished(() => void child.kill('SIGKILL'))
    opened.close()
    const [line] = (await once(child.stdout as NodeJS.ReadableStream, 'data')) as [Buffer]
    if (typeof address === 'object') {
      expect(`${line}`.trim()).toBe(`http://127.0.0.1:${address?.port}`)
      expect(await (await fetch(`${line}`.trim())).json()).toBe('127.0.0.1')
    } else {
      expect(`${line}`.trim()).toBe('unix:fd 3')
      expect(await ask(path, '/', { 'x-forwarded-for': '203.0.113.7' })).toBe('203.0.113.7')
    }
  }
})

it.each([
  [{ path: '/tmp/a', port: 80 }, 'listen() has path and port or host: it listens at one place, give one of them'],
  [{ path: '/tmp/a', fd: 3 }, 'listen() has path and fd: it listens at one place, give one of them'],
  [{ path: '' }, 'path of listen() is empty'],
  [{ mode: 0o600 }, 'mode of listen() is that of the file at path, which is missing'],
  [{ path: '/tmp/a', mode: 0o1777 }, 'mode of listen() has to be such as 0o660, not 1023'],
  [{ fd: -1 }, 'fd of listen() has to be a number from 0, not -1'],
  [{ backlog: 0 }, 'backlog of listen() has to be a number from 1, not 0'],
])('refuses %o', async (options, message) => {
  await expect(serve(options)).rejects.toMatchObject({ code: 'invalid_option', message })
})
