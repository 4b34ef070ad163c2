import type { Worker } from 'node:cluster'

interface Closable {
  close(): void
}

/**
 * Closes connections that a worker was given but had not taken when it was killed. Node keeps them open in
 * the primary, where nobody answers: their clients would wait until their own timeouts.
 *
 * A worker is given the next connection of a port when it has taken the last, so there is one to remember for
 * each port. Node has no public name for this. Were its messages to change, nothing would be remembered, and
 * nothing else would break.
 */
export function closeUntaken(worker: Worker): void {
  const { process } = worker
  const lastByPort = new Map<unknown, Closable>()
  const send = process.send.bind(process) as (...args: unknown[]) => boolean
  const remember = (...args: unknown[]): boolean => {
    const [message, connection] = args as [{ act?: unknown; key?: unknown }?, Closable?]
    if (message?.act === 'newconn' && connection) lastByPort.set(message.key, connection)
    return send(...args)
  }
  // It hands on whatever arguments there are, so it has all the forms of `send`.
  process.send = remember as typeof process.send
  // One that the worker has taken is closed here already, and closing it again does nothing.
  worker.on('exit', () => {
    // It had answered for each before it left (`leaveCluster`): one that it gave back may be on its way to another.
    if (worker.exitedAfterDisconnect) return
    for (const connection of lastByPort.values()) connection.close()
  })
}
