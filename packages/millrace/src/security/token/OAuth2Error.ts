import { HttpError } from '../../errors/HttpError.ts'

/** The codes of RFC 6749, section 5.2. */
export type OAuth2ErrorCode =
  | 'invalid_request'
  | 'invalid_client'
  | 'invalid_grant'
  | 'unauthorized_client'
  | 'unsupported_grant_type'
  | 'invalid_scope'

/**
 * Thrown at a token endpoint where no token is given: 400, or 401 for `invalid_client`. With `tokenEndpoint()` it is
 * answered in the form of RFC 6749, section 5.2.
 *
 * @param description for developers of clients to read; it is sent
 *
 * @example
 * throw new OAuth2Error('invalid_grant', 'Incorrect username or password')
 */
export class OAuth2Error extends HttpError {
  override readonly name: string = 'OAuth2Error'
  declare readonly code: OAuth2ErrorCode

  constructor(code: OAuth2ErrorCode, description: string) {
    super(code === 'invalid_client' ? 401 : 400, description, {
      code,
      ...(code === 'invalid_client' ? { headers: { 'www-authenticate': 'Basic realm="token"' } } : {}),
    })
  }
}
