import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { maxPipelined } from '../limits.ts'
import type { HttpRequest } from './httpRequest.ts'

/** The last that has begun behind another, of a connection. */
const newest = new WeakMap<Socket, ServerResponse>()

/** The response to the request of a connection that has begun last. @param first the one whose turn it is */
export function newestBehind(first: ServerResponse, socket: Socket): ServerResponse {
  const last = newest.get(socket)
  return last === undefined || last.writableFinished ? first : last
}

/** Whether no request has begun behind that of a response. */
export function isNewest(response: ServerResponse, socket: Socket): boolean {
  return newestBehind(response, socket) === response
}

/** How many responses of a connection wait for their turn behind another. */
const waiting = new WeakMap<Socket, number>()

/**
 * Has Node's server read no more of a connection while {@link maxPipelined} of its requests are at work: Node itself
 * looks only at what their answers hold, of which there may be none yet. What has come in the same packet is parsed.
 *
 * @param response waits for its turn
 */
export function holdBack(request: HttpRequest, response: ServerResponse): void {
  const { socket } = request
  const count = (waiting.get(socket) ?? 1) + 1
  waiting.set(socket, count)
  newest.set(socket, response)
  if (count >= maxPipelined) request.isHeldBack = () => (waiting.get(socket) as number) >= maxPipelined
  response.once('socket', () => {
    const left = (waiting.get(socket) as number) - 1
    waiting.set(socket, left)
    // Where Node waits for the client to read answers, it goes on by itself.
    if (left < maxPipelined && !(socket as Socket & { readonly _paused?: boolean })._paused) socket.resume()
  })
}
