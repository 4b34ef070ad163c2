import { once } from 'node:events'
import { existsSync, statSync } from 'node:fs'
import { get, type IncomingMessage } from 'node:http'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { describe, expect, it } from 'vitest'
import { begin, helloApp, project, run } from './fixtures/cli/command.ts'

const timeout = 120_000

/** The body of `/`, asked for at a Unix socket. */
async function askAt(socketPath: string): Promise<string> {
  const [answer] = (await once(get({ socketPath, path: '/', agent: false }), 'response')) as [IncomingMessage]
  return await text(answer)
}

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
