import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import packageJson from '../package.json' with { type: 'json' }
import { helloApp, project, run, write } from './fixtures/cli/command.ts'

const timeout = 120_000

/** An app whose one operation is named for its file. */
const named = (name: string) =>
  `import { App } from 'millrace'\nexport const app = new App()\napp.get('/', { operationId: '${name}' }, () => 1)\n`

async function operationIds(folder: string, ...args: string[]): Promise<string[]> {
  const { stdout } = await run(folder, ['routes', '--json', ...args])
  return (JSON.parse(stdout) as { operationId: string }[]).map(({ operationId }) => operationId)
}

describe('the entry', { timeout }, () => {
  it('is the first of the usual names, sources before compiled files', async () => {
    const folder = await project({ 'server.mjs': named('serverMjs') })
    expect(await operationIds(folder)).toEqual(['serverMjs'])
    await write(folder, { 'src/app.js': named('srcAppJs') })
    expect(await operationIds(folder)).toEqual(['srcAppJs'])
    await write(folder, { 'src/server.ts': named('srcServerTs'), 'src/main.ts': named('srcMainTs') })
    expect(await operationIds(folder)).toEqual(['srcMainTs'])
    await write(folder, { 'main.ts': named('mainTs') })
    expect(await operationIds(folder)).toEqual(['mainTs'])
    await write(folder, { 'app.ts': named('appTs') })
    expect(await operationIds(folder)).toEqual(['appTs'])
    expect(await operationIds(folder, 'src')).toEqual(['srcMainTs'])
  })

  it('can be named, and so can the export', async () => {
    const folder = await project({
      'api.ts': `import { App } from 'millrace'
export const internal = new App()
internal.get('/internal', () => 1)
export default new App().use()
export const other = 3
`,
      'one.ts': `import { App } from 'millrace'
export const api = new App()
api.get('/one', () => 1)
`,
    })
    expect(await operationIds(folder, 'api.ts')).toEqual([])
    expect(await operationIds(folder, 'api.ts', '--app', 'internal')).toEqual(['getInternal'])
    expect(await operationIds(folder, 'one.ts')).toEqual(['getOne'])
  })

  it('says what was looked for where there is none', async () => {
    const { code, stdout, stderr } = await run(await project({}), ['routes'])
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toBe(
      'error: There is no app in this folder. Looked for app.ts, main.ts, server.ts, src/app.ts, src/main.ts, ' +
        'src/server.ts, and the same as .js and .mjs.\n' +
        'Name the file that exports it, such as: millrace dev path/to/app.ts\n',
    )
  })

  it('says that a file is not there', async () => {
    const { code, stderr } = await run(await project({}), ['start', 'nowhere.ts'])
    expect({ code, stderr }).toEqual({ code: 1, stderr: 'error: There is no file nowhere.ts\n' })
  })

  it('says what a file exports that has no app', async () => {
    const folder = await project({ 'app.ts': 'export const app = { listen: 1 }\nexport const port = 8000\n' })
    expect(await run(folder, ['openapi'])).toEqual({
      code: 1,
      stdout: '',
      stderr:
        'error: app.ts exports no Millrace app. It exports: app, port.\n' +
        'Write, for instance: export const app = new App()\n',
    })
    await write(folder, { 'app.ts': helloApp })
    const { code, stderr } = await run(folder, ['routes', '--app', 'api'])
    expect(code).toBe(1)
    expect(stderr).toContain("error: app.ts exports no Millrace app called 'api'. It exports: app.\n")
  })

  it('asks which of several apps is meant', async () => {
    const folder = await project({
      'app.ts': "import { App } from 'millrace'\nexport const first = new App()\nexport const second = new App()\n",
    })
    const { code, stderr } = await run(folder, ['routes'])
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: 'error: app.ts exports several apps: first, second. Choose one with --app.\n',
    })
  })
})

const shop = `import { App, Router } from 'millrace'
console.log('loading')
setInterval(() => {}, 60_000)
export const app = new App({ title: 'Shop', version: '2.0.0' })
const items = new Router({ prefix: '/items', tags: ['items'] })
items.get('/:id', { summary: 'One item' }, ({ params }) => params.id)
items.delete('/:id', { tags: ['admin'], operationId: 'remove' }, () => undefined)
items.get('/secret', { hidden: true, operationId: 'secret' }, () => 1)
app.include(items)
`

describe('routes', { timeout }, () => {
  it('prints a table, without what the app says of itself', async () => {
    const { code, stdout, stderr } = await run(await project({ 'app.ts': shop }), ['routes'])
    expect({ code, stderr }).toEqual({ code: 0, stderr: 'loading\n' })
    expect(stdout.split('\n').map((line) => line.split(/ {2,}/))).toEqual([
      ['METHOD', 'PATH', 'OPERATION', 'TAGS', 'SUMMARY'],
      ['GET', '/items/:id', expect.any(String), 'items', 'One item'],
      ['DELETE', '/items/:id', 'remove', 'items, admin'],
      [''],
    ])
  })

  it('lists hidden ones on request, as JSON too', async () => {
    const { stdout } = await run(await project({ 'app.ts': shop }), ['routes', '--all', '--json'])
    expect(JSON.parse(stdout)).toContainEqual({
      method: 'GET',
      path: '/items/secret',
      operationId: 'secret',
      tags: ['items'],
    })
  })

  it('shows an error with its file, its line and the source', async () => {
    const folder = await project({ 'app.ts': `${helloApp}\nthrow new Error('no configuration')\n` })
    const { code, stderr } = await run(folder, ['routes'])
    expect(code).toBe(1)
    expect(stderr).toContain("app.ts:5:7\n\n  3 | app.get('/', ")
    expect(stderr).toContain("> 5 | throw new Error('no configuration')\n    |       ^\n")
    expect(stderr).toContain('\nError: no configuration\n')
  })
})

describe('TypeScript that ends too early', { timeout }, () => {
  it('is told with the file that it is in', async () => {
    const folder = await project({ 'app.ts': "import './broken.ts'\n", 'broken.ts': 'export const settings = {\n' })
    const { code, stderr } = await run(folder, ['routes'])
    expect([code, stderr.split('\n')[0]]).toEqual([1, 'broken.ts:1:1'])
  })
})

describe('openapi', { timeout }, () => {
  it('prints the document', async () => {
    const { code, stdout } = await run(await project({ 'app.ts': shop }), ['openapi'])
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({
      openapi: expect.stringMatching(/^3\.1\./),
      info: { title: 'Shop', version: '2.0.0' },
      paths: { '/items/{id}': { delete: { operationId: 'remove' } } },
    })
  })

  it('writes it to a file, in the version asked for', async () => {
    const folder = await project({ 'app.ts': shop })
    const ended = await run(folder, ['openapi', '--out', 'build/openapi.json', '--openapi-version', '3.2'])
    expect(ended).toEqual({ code: 0, stdout: '', stderr: 'loading\nWrote build/openapi.json\n' })
    const document = JSON.parse(await readFile(join(folder, 'build/openapi.json'), 'utf8'))
    expect(document.openapi).toMatch(/^3\.2\./)
  })
})

describe('WebSockets', { timeout }, () => {
  const chat = `${helloApp}app.ws('/rooms/:room', { tags: ['chat'], operationId: 'chat' }, () => undefined)\n`

  it('are among the routes', async () => {
    const { stdout } = await run(await project({ 'app.ts': chat }), ['routes', '--json'])
    expect(JSON.parse(stdout)).toContainEqual({
      method: 'WS',
      path: '/rooms/:room',
      operationId: 'chat',
      tags: ['chat'],
    })
  })

  it('are in a document of their own, which is printed or written to a file', async () => {
    const folder = await project({ 'app.ts': chat })
    const { code, stdout } = await run(folder, ['asyncapi'])
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({ asyncapi: '3.0.0', channels: { chat: { address: '/rooms/{room}' } } })
    const ended = await run(folder, ['asyncapi', '--out', 'build/asyncapi.json'])
    expect(ended).toEqual({ code: 0, stdout: '', stderr: 'Wrote build/asyncapi.json\n' })
    expect(await readFile(join(folder, 'build/asyncapi.json'), 'utf8')).toBe(stdout)
  })
})

describe('usage', { timeout }, () => {
  it('is told', async () => {
    const folder = await project({})
    expect(await run(folder, ['--version'])).toEqual({ code: 0, stdout: `${packageJson.version}\n`, stderr: '' })
    const help = await run(folder, ['--help'])
    expect(help.code).toBe(0)
    for (const name of ['dev', 'start', 'routes', 'openapi', 'asyncapi'])
      expect(help.stdout).toMatch(new RegExp(`^ {2}${name} `, 'm'))
    expect((await run(folder, ['start', '--help'])).stdout).toContain('--workers <count>')
  })

  it.each([
    [['serve'], "unknown command 'serve'"],
    [['start', '--port', '80000'], 'A port is a whole number from 0 to 65535.'],
    [['start', '--workers', '0'], 'The number of workers is a whole number from 1 to 1024.'],
    [['openapi', '--openapi-version', '2.0'], 'Allowed choices are 3.1, 3.2.'],
    [['dev', '--fast'], "unknown option '--fast'"],
    [[], 'Usage: millrace'],
  ])('%j is wrong, with exit code 2', async (args, message) => {
    const { code, stderr } = await run(await project({ 'app.ts': helloApp }), args)
    expect(code).toBe(2)
    expect(stderr).toContain(message)
  })
})
