import { createServer } from 'node:net'
import { describe, expect, it } from 'vitest'
import { begin, type Command, helloApp, project, run, untilGone, write } from './fixtures/cli/command.ts'
import { makeCertificate } from './support/certificate.ts'
import { Http2Client } from './support/http2.ts'
import { closeFrame, destroyAfterEach, RawWebSocket } from './support/rawWebSocket.ts'

destroyAfterEach()

const timeout = 180_000

async function untilServing(command: Command): Promise<string> {
  const [, url = ''] = await command.sees(/App {3}(http:\/\/127\.0\.0\.1:\d+)\n {2}Docs {2}\1\/docs\n/)
  await command.sees(/Ctrl-C stops/)
  return url
}

async function ask<T>(url: string): Promise<T> {
  const response = await fetch(url, { headers: { connection: 'close' } })
  return (await response.json()) as T
}

interface Hello {
  readonly pid: number
  readonly text: string
}

describe('dev', { timeout }, () => {
  it('starts anew on the same port when a source file changes', async () => {
    const folder = await project({
      'app.ts': helloApp.replace("'hello'", 'text').replace('\n', "\nimport { text } from './lib/text.ts'\n"),
      'lib/text.ts': "export const text = 'one'\n",
    })
    const command = begin(folder, ['dev', '--port', '0'])
    const url = await untilServing(command)
    const first = await ask<Hello>(url)
    expect(first.text).toBe('one')

    await write(folder, { 'lib/text.ts': "export const text = 'two'\n" })
    await command.sees(/lib\/text\.ts changed\n/)
    await command.sees(/Ready in \d+ ms\n/)
    const second = await ask<Hello>(url)
    expect(second.text).toBe('two')
    await untilGone([first.pid])

    command.signal('SIGINT')
    expect((await command.ended).code).toBe(0)
    await untilGone([second.pid])
  })

  it('serves HTTPS with a key and a certificate, by the transport that it is told', async () => {
    const { key, cert } = await makeCertificate()
    const folder = await project({ 'app.ts': helloApp, 'key.pem': key, 'cert.pem': cert })
    const options = ['--tls-key', 'key.pem', '--tls-cert', 'cert.pem', '--transport', 'http2']
    const command = begin(folder, ['dev', '--port', '0', ...options])
    const [, url = ''] = await command.sees(/App {3}(https:\/\/127\.0\.0\.1:\d+)\n {2}Docs {2}\1\/docs\n/)
    const client = new Http2Client(url, cert)
    expect(await (await client.request('/')).json()).toMatchObject({ text: 'hello' })
    client.session.close()
    command.signal('SIGINT')
    expect((await command.ended).code).toBe(0)
  })

  it('says that a certificate needs a key, and ends', async () => {
    const { code, stderr } = await run(await project({ 'app.ts': helloApp }), ['dev', '--tls-cert', 'cert.pem'])
    expect(code).toBe(2)
    expect(stderr).toContain('HTTPS needs a key and a certificate: give both --tls-key and --tls-cert.\n')
  })

  it('shows entries of the log in lines, an error with its source, and nothing that a terminal would obey', async () => {
    const app = `import { App } from 'millrace'
export const app = new App()
app.get('/:name', ({ params, log }) => {
  log.warn('Asked for ' + params.name, { name: params.name, twice: [2], fails: { get it() { throw new Error() } } })
  throw new Error('no ' + params.name)
})
`
    const command = begin(await project({ 'app.ts': app }), ['dev', '--port', '0'])
    const url = await untilServing(command)
    expect((await fetch(`${url}/%1B%5B2Jx`)).status).toBe(500)
    await command.sees(
      /\nwarn Asked for \\x1b\[2Jx request=\S+ name=\\x1b\[2Jx twice=\[ 2 \] fails=\{ it: \[Getter\] \}\n/,
    )
    await command.sees(/error An error was not handled request=\S+ method=GET path=\/%1B%5B2Jx\n/)
    await command.sees(/app\.ts:5:9\n[\s\S]*> 5 \| {3}throw new Error\('no ' \+ params\.name\)\n/)
    await command.sees(/Error: no \\x1b\[2Jx\n/)
    expect(command.output).not.toContain('\u001b')
  })

  it('shows an error with its file, its line and the source, and recovers', async () => {
    const folder = await project({ 'app.ts': helloApp })
    const command = begin(folder, ['dev', '--port', '0'])
    const url = await untilServing(command)
    const broken = async (text: string, ...patterns: RegExp[]) => {
      await write(folder, { 'app.ts': text })
      for (const pattern of patterns) await command.sees(pattern)
      await command.sees(/Waiting for a change\n/)
    }

    // TypeScript that cannot be parsed
    await broken(`${helloApp}const a: number = ;\n`, /app\.ts:4:19\n/, /> 4 \| const a: number = ;\n {4}\| {19}\^\n/)
    // TypeScript that is more than types
    await broken(`${helloApp}enum Color { Red }\n`, /app\.ts:4:1\n/, /> 4 \| enum Color/, /enum is not supported/)
    // JavaScript that only the engine refuses, in another file
    await write(folder, { 'twice.js': 'const a = 1\nconst a = 2\n' })
    await command.sees(/twice\.js changed/)
    await broken(`${helloApp}import './twice.js'\n`, /\ntwice\.js:2:7\n/, /> 2 \| const a = 2/)
    // An import of what is not there
    await broken(`${helloApp}import './nowhere.ts'\n`, /app\.ts:4:11\n/, /Cannot find module/)
    // An import of a name that is not there
    await broken(
      `import { Ap } from 'millrace'\n${helloApp}`,
      /app\.ts:1:10\n/,
      /does not provide an export named 'Ap'/,
    )
    // An exception at import, whose place is deeper than the entry
    await write(folder, { 'deep.ts': "export function fail() {\n\tthrow new Error('deep')\n}\n" })
    await command.sees(/deep\.ts changed/)
    await broken(
      `${helloApp}import { fail } from './deep.ts'\nfail()\n`,
      /\ndeep\.ts:2:8\n/,
      /> 2 \| \tthrow/,
      /Error: deep/,
    )
    // What an app refuses where it is written
    await broken(`${helloApp}app.get('x', () => 1)\n`, /app\.ts:4:5\n/, /StartupError: The path 'x' must start with/)
    // What it refuses only as a whole: the later of the two is shown
    await broken(
      `${helloApp}app.post('/a', { operationId: 'a' }, () => 1)\napp.post('/a', { operationId: 'b' }, () => 2)\n`,
      /app\.ts:5:5\n/,
      /StartupError: Two operations answer POST \/a/,
    )
    // No app at all
    await broken('export {}\n', /error: app\.ts exports no Millrace app\. It exports nothing\./)

    await write(folder, { 'app.ts': helloApp.replace('hello', 'well again') })
    await command.sees(/Ready in \d+ ms\n/)
    expect((await ask<Hello>(url)).text).toBe('well again')
  })

  it('keeps watching when the first start fails, and when the app crashes', async () => {
    const folder = await project({ 'app.ts': `${helloApp}throw new Error('not yet')\n` })
    const command = begin(folder, ['dev', '--port', '0'])
    await command.sees(/Error: not yet\n/)
    await command.sees(/Waiting for a change\n/)
    await write(folder, {
      'app.ts': `${helloApp}app.get('/crash', () => {\n  setImmediate(() => process.exit(7))\n  return 1\n})\n`,
    })
    const url = await untilServing(command)
    expect(await ask(`${url}/crash`)).toBe(1)
    await command.sees(/The server ended with code 7; waiting for a change\n/)
    await write(folder, { 'app.ts': helloApp })
    await command.sees(/Ready in \d+ ms\n/)
    expect((await ask<Hello>(url)).text).toBe('hello')
  })

  it('starts anew though a start hangs, and what is ignored does not count', async () => {
    const folder = await project({
      'app.ts': `${helloApp}console.log('hangs')\nawait new Promise((resolve) => setTimeout(resolve, 3_600_000))\n`,
    })
    const command = begin(folder, ['dev', '--port', '0'])
    await command.sees(/hangs/)
    await write(folder, {
      'node_modules/some/index.js': '1',
      'dist/app.js': '1',
      '.cache/a.ts': '1',
      'notes.txt': '1',
    })
    await write(folder, { 'app.ts': helloApp })
    const url = await untilServing(command)
    expect((await ask<Hello>(url)).text).toBe('hello')
    expect(command.stdout.match(/\S+ changed/g)).toEqual(['app.ts changed'])
  })

  it('runs the app for development, with errors told', async () => {
    const folder = await project({
      'app.ts': `${helloApp}app.get('/fail', () => { throw new Error('told') })\napp.get('/env', () => ({ env: process.env.MILLRACE_ENV }))\n`,
    })
    const url = await untilServing(begin(folder, ['dev', '--port', '0']))
    expect(await ask(`${url}/env`)).toEqual({ env: 'development' })
    expect(JSON.stringify(await ask(`${url}/fail`))).toContain('told')
  })

  it('shows requests, and no query', async () => {
    const app = `${helloApp}app.get('/fail', () => { throw new Error('told') })
app.get('/items/:id', ({ params }) => params.id)
app.get('/away', () => Response.redirect('http://localhost/'))
`
    const command = begin(await project({ 'app.ts': app }), ['dev', '--port', '0'])
    const url = await untilServing(command)
    const send = (path: string, init?: RequestInit) => fetch(url + path, { redirect: 'manual', ...init })
    await send('/items/%C3%BC?key=secret')
    await command.sees(/^GET \/items\/%C3%BC 200 [\d.]+ m?s\n/m)
    await send('/items', { method: 'POST' })
    await command.sees(/^POST \/items 404 [\d.]+ m?s\n/m)
    await send('/away')
    await command.sees(/^GET \/away 302 [\d.]+ m?s\n/m)
    await send('/fail')
    await command.sees(/^GET \/fail 500 [\d.]+ m?s\n/m)
    expect(command.output).not.toContain('secret')
  })

  it('shows a WebSocket when it is opened and when it is closed', async () => {
    const app = `${helloApp}app.ws('/chat', async ({ socket }) => void (await socket.receive()))\n`
    const command = begin(await project({ 'app.ts': app }), ['dev', '--port', '0'])
    const { port } = new URL(await untilServing(command))
    const client = await RawWebSocket.open(Number(port), '/chat')
    await command.sees(/^GET \/chat 101 opened\n/m)
    await client.send(closeFrame(1000))
    await command.sees(/^GET \/chat 101 closed after [\d.]+ m?s\n/m)
  })

  it('leaves out requests where that is chosen, and where the app has an access log of its own', async () => {
    const own = (option: string) => helloApp.replace('new App()', `new App({ accessLog: ${option} })`)
    const copy = `${own('true').replaceAll('app', 'base').replace('export ', '')}export const app = base.with()\n`
    const cases = [
      { app: helloApp, args: ['--no-access-log'], shown: '' },
      { app: own('false'), args: [], shown: '' },
      { app: own("({ path }) => console.log('own ' + path)"), args: [], shown: 'own /\n' },
      { app: own('true'), args: [], shown: 'GET / 200 … ms\n' },
      { app: copy, args: [], shown: 'GET / 200 … ms\n' },
    ]
    await Promise.all(
      cases.map(async ({ app, args, shown }) => {
        const command = begin(await project({ 'app.ts': app }), ['dev', '--port', '0', ...args])
        await ask(await untilServing(command))
        command.signal('SIGINT')
        const { stdout, stderr } = await command.ended
        const after = stdout.slice(stdout.indexOf('Ctrl-C stops.\n\n') + 'Ctrl-C stops.\n\n'.length)
        expect([after.replace(/[\d.]+ m?s/, '… ms'), stderr]).toEqual([shown, ''])
      }),
    )
  })

  it('says that the port is in use, and ends with code 1', async () => {
    const other = createServer()
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
    const { port } = other.address() as { port: number }
    const ended = await run(await project({ 'app.ts': helloApp }), ['dev', '--port', String(port)])
    await new Promise((resolve) => other.close(resolve))
    expect(ended).toEqual({
      code: 1,
      stdout: '',
      stderr:
        `error: Port ${port} of 127.0.0.1 is in use. Stop what uses it, or choose another with --port (0 takes a free one).\n` +
        'If the entry calls app.listen() by itself, let it do so only where import.meta.main is true.\n',
    })
  })

  it('leaves no child behind when it is killed', async () => {
    const command = begin(await project({ 'app.ts': helloApp }), ['dev', '--port', '0'])
    const { pid } = await ask<Hello>(await untilServing(command))
    command.signal('SIGKILL')
    await untilGone([pid])
  })
})
