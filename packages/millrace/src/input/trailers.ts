import type { Exchange } from '../serve/exchange.ts'
import { NullObject } from './nullObject.ts'

/**
 * What has followed the body of a request, by lower-case names; repeated ones joined by `, `.
 *
 * @throws {TypeError} before the end of the body
 */
export function trailersOf(exchange: Exchange): Readonly<Record<string, string | undefined>> {
  // Where the transport knows of none, there is nothing to wait for.
  const raw = exchange.rawTrailers ? exchange.rawTrailers() : []
  if (raw === undefined)
    throw new TypeError('`trailers` was read before the end of the body, which they come after: read that first')
  const trailers = new NullObject() as Record<string, string | undefined>
  for (let index = 0; index < raw.length; index += 2) {
    const name = (raw[index] as string).toLowerCase()
    const value = raw[index + 1] as string
    const earlier = trailers[name]
    trailers[name] = earlier === undefined ? value : `${earlier}, ${value}`
  }
  return trailers
}
