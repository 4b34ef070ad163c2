import { once } from 'node:events'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { get, type IncomingMessage } from 'node:http'
import { request } from 'node:https'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { describe, expect, it } from 'vitest'
import { begin, type Command, helloApp, project, run, untilGone, write } from './fixtures/cli/command.ts'
import { makeCertificate } from './support/certificate.ts'
import { RawSocket, rawRequest } from './support/socket.ts'

const timeout = 120_000

/** Says on standard output when a request has come, and answers it when told by another. */
const slowApp = `import { App } from 'millrace'
export const app = new App()
const release = Promise.withResolvers()
app.get('/slow', async () => {
  console.log('request has come')
  await release.promise
  return 'done'
})
app.lifespan(async function* () {
  yield
  console.log('closed')
})
process.on('SIGTERM', () => release.resolve())
`

async function untilServing(command: Command): Promise<string> {
  const [, url = ''] = await command.sees(/Millrace serves app\.ts at (http:\/\/\S+?)(?:, docs|\n)/)
  return url.replace('localhost', '127.0.0.1')
}

/** The body of `/`, asked for at a Unix socket. */
async function askAt(socketPath: string): Promise<string> {
  const [answer] = (await once(get({ socketPath, path: '/', agent: false }), 'response')) as [IncomingMessage]
  return await text(answer)
}

async function pidOf(url: string): Promise<number> {
  const response = await fetch(url, { headers: { connection: 'close' } })
  return ((await response.json()) as { pid: number }).pid
}

/** Asks until the answers have come from so many processes, of which none is left out. */
async function pidsOf(url: string, count: number, without?: number): Promise<Set<number>> {
  const pids = new Set<number>()
  while (pids.size < count) {
    const pid = await pidOf(url)
    if (pid !== without) pids.add(pid)
  }
  return pids
}

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
    [['--tls-key', 'key.pem'], 'HTTPS needs a key and a certificate: give both --tls-key and --tls-cert.'],
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

describe('start --unix', { timeout }, () => {
  const serving = /Millrace serves app\.ts at unix:(\S+?)(?: by 2 workers)?\n/

  it.each([
    ['one process', []],
    ['several', ['--workers', '2']],
  ])('serves at a Unix socket, which is gone afterwards, by %s', async (_name, options) => {
    const folder = await project({ 'app.ts': helloApp })
    const path = join(folder, 'app.sock')
    const command = begin(folder, ['start', '--unix', 'app.sock', '--unix-mode', '660', ...options])
    expect((await command.sees(serving))[1]).toBe('app.sock')
    expect(statSync(path).mode & 0o777).toBe(0o660)
    expect(JSON.parse(await askAt(path))).toMatchObject({ text: 'hello' })
    const second = await run(folder, ['start', '--unix', 'app.sock', ...options])
    expect(second.code).toBe(1)
    expect(second.stderr).toBe(
      'error: app.sock is in use by another process, or is no socket. Stop that, or choose another path with --unix.\n',
    )
    expect(JSON.parse(await askAt(path))).toMatchObject({ text: 'hello' })
    command.signal('SIGTERM')
    expect((await command.ended).code).toBe(0)
    expect(existsSync(path)).toBe(false)
  })

  it.each([
    ['one process', []],
    ['several', ['--workers', '2']],
  ])('takes over what one that was killed has left, by %s', async (_name, options) => {
    const folder = await project({ 'app.ts': helloApp })
    const path = join(folder, 'app.sock')
    const first = begin(folder, ['start', '--unix', 'app.sock', ...options])
    await first.sees(serving)
    first.signal('SIGKILL')
    await first.ended
    expect(existsSync(path)).toBe(true)
    const next = begin(folder, ['start', '--unix', 'app.sock', ...options])
    await next.sees(serving)
    expect(JSON.parse(await askAt(path))).toMatchObject({ text: 'hello' })
    next.signal('SIGTERM')
    expect((await next.ended).code).toBe(0)
  })

  it('says what is wrong with a path', async () => {
    const folder = await project({ 'app.ts': helloApp })
    const { code, stderr } = await run(folder, ['start', '--unix', 'none/app.sock'])
    expect([code, stderr]).toEqual([
      1,
      'error: A socket cannot be made at none/app.sock (EACCES): its folder has to be there and to let this user write, and the path may have about 100 bytes.\n',
    ])
    expect((await run(folder, ['start', '--unix', 'a', '--fd', '3'])).code).toBe(2)
    expect((await run(folder, ['start', '--unix', 'a', '--unix-mode', '9'])).stderr).toContain(
      'A mode has three digits from 0 to 7, such as 660.',
    )
  })
})

describe('start --workers', { timeout }, () => {
  it('serves by several processes, and starts one anew that is killed', async () => {
    const command = begin(await project({ 'app.ts': helloApp }), ['start', '--port', '0', '--workers', '2'])
    const url = await untilServing(command)
    await command.sees(/by 2 workers\n/)
    const pids = await pidsOf(url, 2)
    expect(pids.has(command.child.pid as number)).toBe(false)

    const [victim, survivor] = [...pids] as [number, number]
    process.kill(victim, 'SIGKILL')
    await command.sees(new RegExp(`Worker ${victim} ended by SIGKILL; another starts in 100 ms`))
    const after = await pidsOf(url, 2, victim)
    expect(after.has(survivor)).toBe(true)

    command.signal('SIGTERM')
    expect((await command.ended).code).toBe(0)
    await untilGone([...pids, ...after])
  })

  it('starts all of them anew on SIGHUP, one after another, and no request is refused meanwhile', async () => {
    const folder = await project({ 'app.ts': helloApp })
    const command = begin(folder, ['start', '--port', '0', '--workers', '2'])
    const url = await untilServing(command)
    const before = await pidsOf(url, 2)
    let isOver = false
    const asking = (async () => {
      let count = 0
      for (; !isOver; count++) await pidOf(url)
      return count
    })()
    command.signal('SIGHUP')
    await command.sees(/All workers have been started anew\n/)
    isOver = true
    expect(await asking).toBeGreaterThan(0)
    await untilGone(before)
    expect([...(await pidsOf(url, 2))].filter((pid) => before.has(pid))).toEqual([])
    command.signal('SIGTERM')
    expect((await command.ended).code).toBe(0)
  })

  it('loses no request of clients that keep their connections open, while workers are started anew and stopped', async () => {
    const folder = await project({ 'app.ts': helloApp })
    const command = begin(folder, ['start', '--port', '0', '--workers', '2'])
    const { port } = new URL(await untilServing(command))
    let isRenewed = false
    let closedWhileRenewed = 0
    const lost: string[] = []
    /** Asks on one connection until it is told that this one ends. */
    const useUp = async () => {
      const socket = new RawSocket(Number(port))
      for (let count = 0; ; count++) {
        const askedAt = performance.now()
        void socket.write(rawRequest('GET', '/'))
        const answer = await socket.answer().catch(() => undefined)
        const waitedMs = performance.now() - askedAt
        // This process may have been kept from asking for longer than a worker waits; and a new connection may not have
        // been accepted before the stop.
        if (answer === undefined && waitedMs < 200 && count > 0) lost.push(`request ${count}, after ${waitedMs} ms`)
        if (answer?.headers['connection'] !== 'close' && answer !== undefined) continue
        return answer
      }
    }
    const clients = Array.from({ length: 10 }, async () => {
      do {
        await useUp()
        if (!isRenewed) closedWhileRenewed++
      } while (!isRenewed)
    })
    command.signal('SIGHUP')
    await command.sees(/All workers have been started anew\n/)
    isRenewed = true
    command.signal('SIGTERM')
    await Promise.all(clients)
    expect(lost).toEqual([])
    expect(closedWhileRenewed).toBeGreaterThan(0)
    expect((await command.ended).code).toBe(0)
  })

  it('goes on with the workers that it has where new ones do not start', async () => {
    const folder = await project({ 'app.ts': helloApp })
    const command = begin(folder, ['start', '--port', '0', '--workers', '2'])
    const url = await untilServing(command)
    const before = await pidsOf(url, 2)
    await write(folder, { 'app.ts': `${helloApp}throw new Error('no configuration')\n` })
    command.signal('SIGHUP')
    await command.sees(/Error: no configuration/)
    await command.sees(/The restart was given up, since a new worker does not start; the others serve on\n/)
    expect(await pidsOf(url, 2)).toEqual(before)
    await write(folder, { 'app.ts': helloApp })
    command.signal('SIGHUP')
    await command.sees(/All workers have been started anew\n/)
    command.signal('SIGTERM')
    expect((await command.ended).code).toBe(0)
  })

  it('tries once what no second try can help', async () => {
    const folder = await project({ 'app.ts': `${helloApp}app.get('/', () => 'again')\n` })
    const { code, stderr } = await run(folder, ['start', '--port', '0', '--workers', '2'])
    expect(code).toBe(1)
    expect(stderr.match(/StartupError/g)).toHaveLength(1)
    expect(stderr).not.toMatch(/another starts|gave up/)
  })

  it('lets the requests of its workers end, also when all get the signal', async () => {
    const command = begin(await project({ 'app.ts': `${slowApp}app.get('/', () => ({ pid: process.pid }))` }), [
      ...['start', '--port', '0', '--workers', '2'],
    ])
    const url = await untilServing(command)
    const pids = await pidsOf(url, 2)
    const answer = fetch(`${url}/slow`).then((response) => response.text())
    await command.sees(/request has come/)
    command.signal('SIGTERM')
    for (const pid of pids) process.kill(pid, 'SIGTERM')
    expect(await answer).toBe('done')
    const { code, stdout } = await command.ended
    expect({ code, closed: stdout.match(/closed/g) }).toEqual({ code: 0, closed: ['closed', 'closed'] })
  })

  it('leaves no worker behind when it is killed itself', async () => {
    const command = begin(await project({ 'app.ts': helloApp }), ['start', '--port', '0', '--workers', '2'])
    const pids = await pidsOf(await untilServing(command), 2)
    command.signal('SIGKILL')
    await untilGone(pids)
  })

  it('gives up when its workers fail at start again and again', async () => {
    const folder = await project({ 'app.ts': `${helloApp}throw new Error('no configuration')\n` })
    const { code, stdout, stderr } = await run(folder, ['start', '--port', '0', '--workers', '2'])
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toContain('app.ts:4:7\n')
    // Told once, though each of them failed.
    expect(stderr.match(/Error: no configuration/g)).toHaveLength(1)
    expect(stderr).toContain('No worker starts; gave up after 5 tries\n')
  })
})
