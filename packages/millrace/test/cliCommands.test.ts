import { App } from 'millrace'
import { describe, expect, it } from 'vitest'
import { begin, project, run, write } from './fixtures/cli/command.ts'

const timeout = 120_000

const shop = `import { App, dependency } from 'millrace'
import { z } from 'zod'
export const app = new App({ logger: false })
app.lifespan(async function* () {
  console.log('opens')
  yield
  console.log('closes')
})
const stock = dependency({ scope: 'app' }, () => ({ items: ['millstone'] }))
app.get('/items', { deps: { stock } }, ({ stock }) => stock.items)
const args = z.object({
  file: z.string().describe('What to read'),
  maxCount: z.int().default(10).describe('At most so many'),
  tags: z.array(z.string()).default([]),
  force: z.boolean().default(false),
})
app.command('import-items', { description: 'Reads items from a file', args, positional: ['file'], deps: { stock } },
  async ({ args, stock, print }) => {
    print(JSON.stringify(args))
    print(stock.items.join())
  })
app.command('fails', () => { throw new RangeError('no such thing') })
app.command('wait', ({ signal, print }) => {
  print('waits')
  const timer = setInterval(() => {}, 1000)
  return new Promise((resolve) => signal.addEventListener('abort', () => { clearInterval(timer); print(signal.reason.message); resolve() }))
})
`

describe('a command of the app', { timeout }, () => {
  it('is run within its lifespan', async () => {
    const folder = await project({ 'app.ts': shop })
    expect(await run(folder, ['import-items', 'a.csv', '--max-count', '3', '--force'])).toEqual({
      code: 0,
      stdout: 'opens\n{"file":"a.csv","maxCount":3,"tags":[],"force":true}\nmillstone\ncloses\n',
      stderr: '',
    })
  })

  it('is found by its entry and its app', async () => {
    const folder = await project({
      'lib/shop.ts': `${shop.replace('export const app', 'const app')}export const shop = app\n`,
    })
    const { code, stdout } = await run(folder, ['--entry', 'lib/shop.ts', '--app', 'shop', 'import-items', 'b.csv'])
    expect([code, stdout]).toEqual([0, expect.stringContaining('"file":"b.csv"')])
  })

  it('is listed in the help, and has one of its own', async () => {
    const folder = await project({ 'app.ts': shop })
    const help = await run(folder, ['--help'])
    expect(help.code).toBe(0)
    expect(help.stdout).toContain('Commands of the app:\n  import-items  Reads items from a file\n  fails\n  wait\n')
    expect(await run(folder, ['import-items', '--help'])).toEqual({
      code: 0,
      stderr: '',
      stdout: `Usage: millrace import-items [options] <file>

Reads items from a file

Arguments:
  file  What to read (required)

Options:
  --max-count <value>  At most so many (default: 10)
  --tags <value>       (default: []; may be repeated)
  --force              (default: false)
`,
    })
  })

  it('cannot have the name of one of Millrace', async () => {
    const { stdout } = await run(await project({}), ['--help'])
    const own = [...(stdout.split('\nCommands:\n')[1] ?? '').matchAll(/^ {2}([a-z]+) /gm)].map(
      ([, name]) => name as string,
    )
    expect(own).toEqual(expect.arrayContaining(['dev', 'start', 'help']))
    for (const name of own) expect(() => new App().command(name, () => 1), name).toThrow('a command of Millrace itself')
  })

  it('that is used wrongly, or not there, ends with 2', async () => {
    const folder = await project({ 'app.ts': shop })
    expect(await run(folder, ['import-items', '--max-count', 'x'])).toMatchObject({
      code: 2,
      stderr:
        'error: file: is missing\n--max-count: Invalid input: expected number, received string\nAdd --help to see what can be given.\n',
    })
    expect(await run(folder, ['export-items'])).toEqual({
      code: 2,
      stdout: '',
      stderr:
        "error: unknown command 'export-items': app.ts has the commands import-items, fails, wait\nAdd --help to see what can be given.\n",
    })
  })

  it('that fails ends with 1, and says where', async () => {
    const folder = await project({ 'app.ts': shop })
    const { code, stdout, stderr } = await run(folder, ['fails'])
    expect([code, stdout]).toEqual([1, 'opens\ncloses\n'])
    expect(stderr).toContain('RangeError: no such thing')
    expect(stderr).toContain('app.ts:')
  })

  it('is told to end by a signal', async () => {
    const folder = await project({ 'app.ts': shop })
    const command = begin(folder, ['wait'])
    await command.sees(/waits/)
    command.child.kill('SIGTERM')
    expect(await command.ended).toMatchObject({ code: 0, stdout: 'opens\nwaits\nStopped by SIGTERM\ncloses\n' })
  })
})

describe('an app that a function makes', { timeout }, () => {
  it('is made where there is no other, or where it is asked for', async () => {
    const factory = `import { App } from 'millrace'
const make = (name: string) => {
  const app = new App()
  app.get('/', { operationId: name }, () => 1)
  return app
}
export async function createApp() { return make('created') }
export const createOther = () => make('other')
export const broken = () => 3
`
    const folder = await project({ 'main.ts': factory })
    const ids = async (...args: string[]) =>
      (JSON.parse((await run(folder, ['routes', '--json', ...args])).stdout) as { operationId: string }[]).map(
        ({ operationId }) => operationId,
      )
    expect(await ids()).toEqual(['created'])
    expect(await ids('main.ts', '--app', 'createOther')).toEqual(['other'])
    expect(await run(folder, ['routes', '--app', 'broken'])).toMatchObject({
      code: 1,
      stderr: "error: The function 'broken' of main.ts does not return a Millrace app.\n",
    })
    await write(folder, { 'main.ts': `${factory}export const app = make('value')\n` })
    expect(await ids()).toEqual(['value'])
  })
})

describe('variables of a file', { timeout }, () => {
  it('are set before the app is loaded, where they are not set', async () => {
    const folder = await project({
      'app.ts': `import { App } from 'millrace'
export const app = new App()
app.get('/', { operationId: \`\${process.env.FIRST}-\${process.env.SECOND}-\${process.env.THIRD}\` }, () => 1)
`,
      'one.env': 'FIRST=1\nSECOND=1\n',
      'two.env': 'SECOND=2\nTHIRD="2"\n',
    })
    const { stdout } = await run(folder, ['routes', '--json', '--env', 'one.env', '--env', 'two.env'], {
      FIRST: 'set',
    })
    expect(JSON.parse(stdout)).toMatchObject([{ operationId: 'set-1-2' }])
    expect(await run(folder, ['routes', '--env', 'none.env'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('It cannot be read'),
    })
  })
})

describe('routes --sort', { timeout }, () => {
  it('sorts by what is asked for', async () => {
    const folder = await project({
      'app.ts': `import { App } from 'millrace'
export const app = new App()
app.post('/b', { operationId: 'one', tags: ['z'] }, () => 1)
app.get('/b', { operationId: 'two', tags: ['a'] }, () => 1)
app.get('/a', { operationId: 'zero', tags: ['m'] }, () => 1)
`,
    })
    const sorted = async (...args: string[]) =>
      (JSON.parse((await run(folder, ['routes', '--json', ...args])).stdout) as { operationId: string }[]).map(
        ({ operationId }) => operationId,
      )
    expect(await sorted()).toEqual(['one', 'two', 'zero'])
    expect(await sorted('--sort', 'path')).toEqual(['zero', 'two', 'one'])
    expect(await sorted('--sort', 'method')).toEqual(['zero', 'two', 'one'])
    expect(await sorted('--sort', 'operation')).toEqual(['one', 'two', 'zero'])
    expect(await sorted('--sort', 'tags')).toEqual(['two', 'zero', 'one'])
    expect((await run(folder, ['routes', '--sort', 'size'])).code).toBe(2)
  })
})

describe('shell', { timeout }, () => {
  it('has the started app, a client and what is open', async () => {
    const folder = await project({ 'app.ts': shop })
    const lines = "await client.get('/items')\n(await request('/items')).status\ndeps.stock\napp.state\n.exit\n"
    const { code, stdout, stderr } = await run(folder, ['shell'], {}, lines)
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toBe("opens\n[ 'millstone' ]\n200\n{ items: [ 'millstone' ] }\n'ready'\ncloses\n")
  })
})
