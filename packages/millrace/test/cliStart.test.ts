import { once } from 'node:events'
import { existsSync, readdirSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { request } from 'node:https'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { describe, expect, it } from 'vitest'
import { begin, helloApp, project, run, slowApp, untilServing } from './fixtures/cli/command.ts'
import { makeCertificate } from './support/certificate.ts'

const timeout = 120_000

describe('start', { timeout }, () => {
  it('has the limits that the app names', async () => {
    const limited = helloApp.replace('new App()', 'new App({ limits: { maxHeaderBytes: 500 } })')
    for (const options of [[], ['--transport', 'http']]) {
      const command = begin(await project({ 'app.ts': limited }), ['start', '--port', '0', ...options])
      const url = await untilServing(command)
      expect((await fetch(url, { headers: { 'x-large': 'x'.repeat(600) } })).status).toBe(431)
      expect((await fetch(url)).status).toBe(200)
      command.signal('SIGTERM')
      expect((await command.ended).code).toBe(0)
    }
  })

  it('keeps what has been compiled for the next start, with the packages of the app', async () => {
    const kept = async (env: NodeJS.ProcessEnv, args: readonly string[]) => {
      const folder = await project({ 'app.ts': helloApp })
      const command = begin(folder, ['start', '--port', '0', ...args], env)
      const url = await untilServing(command)
      expect((await fetch(url)).status).toBe(200)
      command.signal('SIGTERM')
      expect((await command.ended).code).toBe(0)
      const cache = join(folder, 'node_modules/.cache/millrace')
      return existsSync(cache) ? readdirSync(cache, { recursive: true }).length : 0
    }
    expect(await kept({}, [])).toBeGreaterThan(10)
    expect(await kept({}, ['--workers', '2'])).toBeGreaterThan(10)
    expect(await kept({ NODE_DISABLE_COMPILE_CACHE: '1' }, [])).toBe(0)
  })

  it('logs requests by the logger of the app where that is asked for', async () => {
    const command = begin(await project({ 'app.ts': helloApp }), ['start', '--access-log', '--port', '0'])
    const url = await untilServing(command)
    await (await fetch(`${url}/?key=secret`)).json()
    const [line = ''] = await command.sees(/^\{.*\}$/m)
    expect(JSON.parse(line)).toMatchObject({
      level: 'info',
      message: 'Answered',
      method: 'GET',
      path: '/',
      status: 200,
    })
    expect(command.output).not.toContain('secret')
  })

  it('serves on every address, and tells where', async () => {
    const command = begin(await project({ 'app.ts': helloApp }), ['start'], { PORT: '0' })
    const url = await untilServing(command)
    expect(await (await fetch(url)).json()).toEqual({ pid: command.child.pid, text: 'hello' })
    command.signal('SIGTERM')
    const { code, stdout, stderr } = await command.ended
    const shownUrl = url.replace('127.0.0.1', 'localhost')
    expect({ code, stdout, stderr }).toEqual({
      code: 0,
      stdout: `Millrace serves app.ts at ${shownUrl}, docs at ${shownUrl}/docs\n`,
      stderr: '',
    })
  })

  it.each([['1'], ['2']])('serves HTTPS with a key and a certificate, by %s processes', async (workers) => {
    const { key, cert } = await makeCertificate()
    const folder = await project({ 'app.ts': helloApp, 'key.pem': key, 'cert.pem': cert })
    const options = ['--tls-key', 'key.pem', '--tls-cert', 'cert.pem', '--workers', workers]
    const command = begin(folder, ['start', '--port', '0', ...options])
    const [, url = ''] = await command.sees(/Millrace serves app\.ts at (https:\/\/localhost:\d+), docs/)
    const asked = request(url.replace('localhost', '127.0.0.1'), { ca: cert, agent: false }).end()
    const [answer] = (await once(asked, 'response')) as [IncomingMessage]
    expect(JSON.parse(await text(answer))).toMatchObject({ text: 'hello' })
    command.signal('SIGTERM')
    expect((await command.ended).code).toBe(0)
  })

  it.each([
    ['net', [], 'HTTP/1.1 400 Bad Request'],
    ['http', ['--transport', 'http'], 'HTTP/1.1 200 OK'],
    ['net by several processes', ['--workers', '2'], 'HTTP/1.1 400 Bad Request'],
    ['http by several processes', ['--workers', '2', '--transport', 'http'], 'HTTP/1.1 200 OK'],
  ])('reads connections by the transport %s', async (_name, options, status) => {
    const command = begin(await project({ 'app.ts': helloApp }), ['start', '--port', '0', ...options])
    const { port } = new URL(await untilServing(command))
    // Node's parser lets two spaces pass, which ours does not.
    const socket = connect(Number(port), '127.0.0.1')
    socket.end('GET  / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')
    expect((await text(socket)).split('\r\n')[0]).toBe(status)
    command.signal('SIGTERM')
    expect((await command.ended).code).toBe(0)
  })

  it.each([[['start', '--port', '0']], [['start', '--port', '0', '--workers', '2']], [['dev', '--port', '0']]])(
    'lets as many connections wait as it is told: %j',
    async (args) => {
      const told = `import { Server } from 'node:net'
const { listen } = Server.prototype
Server.prototype.listen = function (...args) {
  console.log('backlog is', args[0].backlog)
  return listen.apply(this, args)
}
`
      const command = begin(await project({ 'app.ts': told + helloApp }), [...args, '--backlog', '12'])
      await command.sees(/backlog is 12\n/)
      await command.sees(/http:/)
      command.signal('SIGTERM')
      expect((await command.ended).code).toBe(0)
    },
  )

  it('lets no number of connections wait that is none', async () => {
    const { code, stderr } = await run(await project({ 'app.ts': helloApp }), ['start', '--backlog', '0'])
    expect(code).toBe(2)
    expect(stderr).toContain(
      "error: option '--backlog <number>' argument '0' is invalid. A backlog is a whole number from 1 to 2147483647.\n",
    )
  })

  it('knows the transports', async () => {
    const { code, stderr } = await run(await project({ 'app.ts': helloApp }), ['start', '--transport', 'quic'])
    expect(code).toBe(2)
    expect(stderr).toContain(
      "error: option '--transport <name>' argument 'quic' is invalid. Allowed choices are net, http, http2.\n",
    )
  })

  it.each([
    ['--tls-key', 'key.pem'],
    ['--tls-cert', 'cert.pem', '--workers', '2'],
  ])('takes no key without a certificate, and none without a key: %s', async (...options) => {
    const { code, stderr } = await run(await project({ 'app.ts': helloApp }), ['start', ...options])
    expect(code).toBe(2)
    expect(stderr).toBe(
      'error: HTTPS needs a key and a certificate: give both --tls-key and --tls-cert.\nAdd --help to see what can be given.\n',
    )
  })

  it.each([
    [
      ['--tls-key', 'key.pem', '--tls-cert', 'none.pem'],
      "The file of --tls-cert cannot be read: ENOENT: no such file or directory, open 'none.pem'",
    ],
    [['--tls-key', 'key.pem', '--tls-cert', 'app.ts'], 'The file of --tls-cert, app.ts, holds no CERTIFICATE in PEM.'],
    [['--tls-key', 'key.pem', '--tls-cert', 'cert.pem'], 'tls of listen() cannot be used: '],
  ])('says what is wrong with %j', async (options, message) => {
    const folder = await project({ 'app.ts': helloApp, 'key.pem': pem('PRIVATE KEY'), 'cert.pem': pem('CERTIFICATE') })
    const { code, stderr } = await run(folder, ['start', '--port', '0', ...options])
    expect(code).toBe(1)
    expect(stderr).toContain(message)
  })

  /** What looks like a key or a certificate, and is none. */
  const pem = (label: string) => `-----BEGIN ${label}-----\nbm9uZQ==\n-----END ${label}-----\n`

  it('lets the requests in flight end on SIGTERM', async () => {
    const command = begin(await project({ 'app.ts': slowApp }), ['start', '--port', '0'])
    const url = await untilServing(command)
    const answer = fetch(`${url}/slow`).then((response) => response.text())
    await command.sees(/request has come/)
    command.signal('SIGTERM')
    expect(await answer).toBe('done')
    await command.sees(/closed/)
    expect((await command.ended).code).toBe(0)
  })

  it('tells docs as the app has them', async () => {
    const files = {
      'app.ts':
        "import { App } from 'millrace'\nexport const app = new App({ docs: { swagger: false, redoc: '/reference' } })\n",
    }
    const command = begin(await project(files), ['start', '--port', '0', '--host', '127.0.0.1'])
    await command.sees(/serves app\.ts at (http:\/\/127\.0\.0\.1:\d+), docs at \1\/reference\n/)
  })

  it('shows what fails at start-up, and ends with code 1', async () => {
    const folder = await project({
      'app.ts': `${helloApp}app.lifespan(async function* () {\n  throw new Error('no database')\n})\n`,
    })
    const { code, stderr } = await run(folder, ['start', '--port', '0'])
    expect(code).toBe(1)
    expect(stderr).toContain('app.ts:5:9\n')
    expect(stderr).toContain("> 5 |   throw new Error('no database')\n    |         ^\n")
    expect(stderr).toContain('Error: no database\n')
  })

  it.each([[[]], [['--workers', '2']]])('says that the port is in use (%j)', async (args) => {
    const other = createServer()
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
    const { port } = other.address() as { port: number }
    const folder = await project({ 'app.ts': helloApp })
    const ended = await run(folder, ['start', '--host', '127.0.0.1', '--port', String(port), ...args])
    await new Promise((resolve) => other.close(resolve))
    expect(ended.code).toBe(1)
    expect(ended.stderr).toContain(`error: Port ${port} of 127.0.0.1 is in use.`)
  })
})
