import { describe, expect, it } from 'vitest'
import { begin, helloApp, project, run, slowApp, untilGone, untilServing, write } from './fixtures/cli/command.ts'
import { RawSocket, rawRequest } from './support/socket.ts'

const timeout = 120_000

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
