import type { Server } from 'node:net'
import type { TransportLog } from './exchange.ts'

/** Anybody can open connections as often as they like: the log tells of them no more than this often. */
const logEveryMs = 10_000

/** Closes connections beyond so many at once, and tells how many were: at once of the first, of others now and then. */
export function limitConnections(server: Server, maxConnections: number, log: TransportLog | undefined): void {
  if (maxConnections === Number.POSITIVE_INFINITY) return
  // In a process of several, one too many would else be handed round among them for as long as all of them are full.
  Object.assign(server, { maxConnections, dropMaxConnection: true })
  let dropped = 0
  let total = 0
  let timer: NodeJS.Timeout | undefined
  const tell = () => {
    timer = undefined
    if (dropped === 0) return
    log?.warn('Connections were closed: there are as many as limits.maxConnections allows', {
      maxConnections,
      dropped,
      total,
    })
    dropped = 0
    timer = setTimeout(tell, logEveryMs).unref()
  }
  server.on('drop', () => {
    dropped++
    total++
    if (timer === undefined) tell()
  })
  server.once('close', () => {
    clearTimeout(timer)
    tell()
    clearTimeout(timer)
  })
}
