import type { Socket } from 'node:net'
import type { Readable } from 'node:stream'

/** How much is read and dropped after an answer that came before the end of its request. */
export const lingerBytes: number = 4 * 1024 * 1024
/** How long, in milliseconds. */
export const lingerMs = 2_000

/** Connections whose last answer came before the end of its request, which has not come yet. */
const lingering = new WeakSet<Socket>()

/** Whether the request that is coming in has been answered. */
export function isLingering(socket: Socket): boolean {
  return lingering.has(socket)
}

/**
 * After an answer to a request that is not whole yet. Closing at once would reset the connection, which can
 * take the answer with it; reading for ever would let a client keep us busy. So what still comes is read and
 * dropped, and when that is too much or takes too long, the connection is cut.
 *
 * @param source the request, or the whole connection where there is none
 */
export function linger(source: Readable, socket: Socket): void {
  const most = socket.bytesRead + lingerBytes
  const timer = setTimeout(() => socket.destroy(), lingerMs)
  lingering.add(socket)
  // Node's server closes a connection by it once its last answer is out.
  socket.destroySoon = () => void socket.end()
  const onEnd = () => {
    clearTimeout(timer)
    lingering.delete(socket)
    Reflect.deleteProperty(socket, 'destroySoon')
    // Within the process a connection has no such method, and no system that resets it.
    if (socket.writableEnded) socket.destroySoon?.()
  }
  source.on('data', () => socket.bytesRead > most && socket.destroy())
  source.once('end', onEnd).once('close', onEnd)
  source.resume()
}
