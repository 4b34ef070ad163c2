import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { begin, type Command, project, write } from './fixtures/cli/command.ts'
import { freePort } from './support/freePort.ts'

const timeout = 120_000

/** Is ready when there is a file named `ready`, and says which process waits for it. */
const lazyApp = `import { existsSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { App } from 'millrace'
export const app = new App()
app.get('/', () => process.pid)
app.lifespan(async function* () {
  console.log('starting ' + process.pid)
  while (!existsSync('ready')) await setTimeout(10)
  yield
})
`

/** What became of a request on a connection of its own: the process that answered, or what else there was. */
async function ask(url: string): Promise<string> {
  try {
    const response = await fetch(url, { headers: { connection: 'close' } })
    const body = await response.text()
    return response.ok ? body : `${response.status} ${body}`
  } catch (error) {
    return String((error as Error).cause)
  }
}

/** Three times as many as there are workers. */
async function askSome(url: string): Promise<Set<string>> {
  const answers = new Set<string>()
  for (let count = 0; count < 9; count++) answers.add(await ask(url))
  return answers
}

/** Asks until nobody is to be asked any more. */
function askOn(url: string): { end(): Promise<Set<string>> } {
  let isOver = false
  const answers = new Set<string>()
  const asking = (async () => {
    while (!isOver) answers.add(await ask(url))
  })()
  return {
    end: async () => {
      isOver = true
      await asking
      return answers
    },
  }
}

async function startingPid(command: Command): Promise<string> {
  return (await command.sees(/starting (\d+)\n/))[1] as string
}

const places: [string, readonly string[]][] = [
  ['net', []],
  ['http', ['--transport', 'http']],
  ['http2', ['--transport', 'http2']],
]

describe.each(places)('workers of start (%s)', { timeout }, (_name, options) => {
  it('that take the place of others get connections when they are ready', async () => {
    const folder = await project({ 'app.ts': lazyApp, ready: '' })
    const port = await freePort()
    const command = begin(folder, ['start', '--port', `${port}`, '--workers', '2', '--grace-ms', '500', ...options])
    const url = `http://127.0.0.1:${port}`
    const first = new Set([await startingPid(command), await startingPid(command)])
    await command.sees(/by 2 workers\n/)
    expect(await askSome(url)).toEqual(first)

    rmSync(join(folder, 'ready'))
    const reload = askOn(url)
    command.signal('SIGHUP')
    const second = new Set([await startingPid(command)])
    // While it starts the old ones answer.
    expect([...(await askSome(url))].filter((pid) => !first.has(pid))).toEqual([])
    await write(folder, { ready: '' })
    second.add(await startingPid(command))
    await command.sees(/All workers have been started anew\n/)
    expect([...(await reload.end())].filter((pid) => !first.has(pid) && !second.has(pid))).toEqual([])
    expect(await askSome(url)).toEqual(second)

    rmSync(join(folder, 'ready'))
    const [victim, survivor] = [...second] as [string, string]
    process.kill(Number(victim), 'SIGKILL')
    await command.sees(/ended by SIGKILL/)
    const crash = askOn(url)
    const third = await startingPid(command)
    expect(await askSome(url)).toEqual(new Set([survivor]))
    await write(folder, { ready: '' })
    while ((await ask(url)) !== third);
    expect([...(await crash.end())].filter((pid) => pid !== survivor && pid !== third)).toEqual([])
    command.signal('SIGTERM')
    expect((await command.ended).code).toBe(0)
  })
})

describe('workers of start', { timeout }, () => {
  it('that nobody answers for say so, the first of them, until they are ready', async () => {
    const folder = await project({ 'app.ts': lazyApp })
    const port = await freePort()
    const command = begin(folder, ['start', '--port', `${port}`, '--workers', '2', '--grace-ms', '500'])
    const url = `http://127.0.0.1:${port}`
    const pids = new Set([await startingPid(command), await startingPid(command)])
    expect(await askSome(`${url}/livez`)).toEqual(new Set(['{"status":"alive"}']))
    const [answer = ''] = await askSome(`${url}/readyz`)
    expect(answer).toMatch(/^503 .*"starting"/)
    expect(existsSync(join(folder, 'ready'))).toBe(false)
    await write(folder, { ready: '' })
    await command.sees(/by 2 workers\n/)
    expect(await askSome(url)).toEqual(pids)
    command.signal('SIGTERM')
    expect((await command.ended).code).toBe(0)
  })

  it('that do not start do not fail a stop', async () => {
    const folder = await project({ 'app.ts': lazyApp, ready: '' })
    const command = begin(folder, ['start', '--port', '0', '--workers', '2', '--grace-ms', '500'])
    await command.sees(/by 2 workers\n/)
    // The stop is on its way when it says why it does not start.
    await write(folder, { 'app.ts': "process.kill(process.ppid, 'SIGTERM')\nthrow new Error('no configuration')\n" })
    command.signal('SIGHUP')
    const { code, stderr } = await command.ended
    expect({ code, hasTold: stderr.includes('Error: no configuration') }).toEqual({ code: 0, hasTold: true })
  })
})
