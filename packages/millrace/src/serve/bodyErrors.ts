import { codedError } from '../errors/codedError.ts'

/** Of a body with more bytes than allowed. */
export function tooLarge(maxBytes: number): Error {
  return codedError('body_too_large', `The body is larger than ${maxBytes} bytes`)
}

/** Of a body that ends before it is whole. */
export function lost(cause?: unknown): Error {
  return codedError('client_closed', 'The client left before its request was whole', { cause })
}

/** Of a body that has not come in the time that a request has. */
export function late(): Error {
  return codedError('request_timeout', 'The request did not arrive in time')
}
