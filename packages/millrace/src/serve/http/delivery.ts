import type { ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'

/** Answers whose last write has failed. */
const broken = new WeakSet<ServerResponse>()

/** Whether the last byte of an answer is with the system. */
export function isSent(response: ServerResponse): boolean {
  return response.writableFinished && !broken.has(response)
}

/** Calls `listener` once: when an answer is whole, or the connection has ended before. */
export function onOver(response: ServerResponse, listener: () => void): void {
  const { socket } = response.req
  if (response.writableFinished) return
  const once = () => {
    response.off('close', once)
    socket.off('close', once)
    listener()
  }
  response.on('close', once)
  // Pipelined behind another: Node 22 tells only the first in line of the connection's end.
  if (response.socket === null) socket.setMaxListeners(0).on('close', once)
}

/**
 * Cuts the connection when nothing leaves of what has been written. The timer stays with the connection after the answer,
 * and then cuts nothing: it does so for answers that are watched.
 */
export function watchSending(response: ServerResponse, timeoutMs: number): void {
  if (response.listenerCount('timeout') > 0) return
  // With a listener, Node does not end a connection that has nothing to send at present.
  response.on('timeout', (socket: Socket) => {
    if (socket.writableLength > 0) socket.destroy()
  })
  // Node 22 takes a write that has failed for the end of the answer.
  response.once('finish', () => {
    const { socket } = response.req
    if (socket.destroyed || socket.errored) broken.add(response)
  })
  // A connection within the process is a stream that has no timer.
  const watch = (connection: Duplex) => {
    if (connection instanceof Socket) connection.setTimeout(timeoutMs)
  }
  // Behind another it has no connection yet.
  if (response.socket === null) response.once('socket', watch)
  else watch(response.socket)
}

/** Ends a connection when all that has been written has left. */
export function endWhenSent(socket: Duplex & { destroySoon?(): void }): void {
  // Within the process it has no such method, and no system that resets it.
  if (socket.destroySoon) socket.destroySoon()
  else socket.end()
}
