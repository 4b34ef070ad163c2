/**
 * Thrown where the keys of tokens cannot be had, so that nobody knows whether a token is valid. Answered with 503, code
 * `keys_unavailable`.
 */
export class KeysUnavailableError extends Error {
  override readonly name: string = 'KeysUnavailableError'
}
