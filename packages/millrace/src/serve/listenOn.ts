import type { Server } from 'node:net'
import { limitConnections } from './connectionLimit.ts'
import type { Listening, TransportOptions } from './exchange.ts'
import { withDefaults } from './limits.ts'
import { markUnixPeers, removeStale, setMode, withFileMode } from './unixSocket.ts'

/**
 * Opens a port, or a Unix socket, whose file it takes over where nobody listens on it any more.
 *
 * @throws {Error} of the system, such as `EADDRINUSE`
 */
export async function listenOn(
  server: Server,
  options: Omit<TransportOptions, 'handle'>,
): Promise<Pick<Listening, 'host' | 'port' | 'path'>> {
  const { path, fd, mode, log, limits } = options
  limitConnections(server, withDefaults(limits).maxConnections, log)
  await open(server, options).catch(async (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EADDRINUSE' || path === undefined) throw error
    if ((await isWorker()) || !(await removeStale(path))) throw error
    await open(server, options)
  })
  const address = server.address()
  if (address !== null && typeof address === 'object') return { host: address.address, port: address.port }
  // Before the first connection, for which the event loop has to come round.
  markUnixPeers(server)
  if (path !== undefined && mode !== undefined) await setMode(path, mode)
  // A process that was handed what another has opened is not told where that is.
  return { host: '', port: 0, path: address ?? path ?? `fd ${fd}` }
}

function open(server: Server, options: Omit<TransportOptions, 'handle'>): Promise<void> {
  const { host, port, path, fd, mode, backlog } = options
  const where = path !== undefined ? { path } : fd !== undefined ? { fd } : { host, port }
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    const listen = () =>
      server.listen({ ...where, ...(backlog !== undefined && { backlog }) }, () => {
        server.off('error', reject)
        resolve()
      })
    if (mode === undefined) listen()
    else withFileMode(mode, listen)
  })
}

/** Of several processes the first listens for all of them, and looks after the file (`runCluster`). */
async function isWorker(): Promise<boolean> {
  return (await import('node:cluster')).default.isWorker
}
