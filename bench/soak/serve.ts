import { app, faults, models, swapCached } from './app.ts'

// The process of the server under soak: tells its state when asked, and ends when told so.

/** What the server tells of itself. */
export interface ServerState {
  readonly rssMb: number
  readonly heapMb: number
  readonly models: readonly {
    readonly name: string
    readonly state: string
    readonly queued: number
    readonly running: number
    readonly reserved: number
    readonly restarts: number
  }[]
  readonly faults: Readonly<Record<string, number>>
}

const mebibyte = 2 ** 20

async function stateNow(): Promise<ServerState> {
  // Twice: what the first round finalizes the second frees.
  globalThis.gc?.()
  globalThis.gc?.()
  const { rss, heapUsed } = process.memoryUsage()
  return {
    rssMb: rss / mebibyte,
    heapMb: heapUsed / mebibyte,
    models: await Promise.all(models.map((model) => model.status())),
    faults: Object.fromEntries(faults),
  }
}

const server = await app.listen({ port: 0, host: '127.0.0.1', signals: false })
let version = 0
process.on('message', async (message) => {
  if (message === 'state') return process.send?.(await stateNow())
  if (message === 'swap') {
    await swapCached(++version)
    return process.send?.({ version })
  }
  await server.close()
  process.disconnect()
})
process.on('disconnect', () => process.exit())
process.send?.({ port: server.port })
