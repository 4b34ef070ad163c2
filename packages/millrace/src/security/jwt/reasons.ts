import type { Jose } from './jose.ts'

/** Why a token is not valid, in words that tell its holder what to do and nobody what we know. */
export function reasonOf({ errors }: Jose, error: unknown): string | undefined {
  if (error instanceof errors.JWTExpired) return 'The token has expired'
  if (error instanceof errors.JWTClaimValidationFailed) return claimReason(error.claim, error.reason)
  if (error instanceof errors.JWSSignatureVerificationFailed) return 'The signature of the token is not valid'
  if (error instanceof errors.JOSEAlgNotAllowed) return 'The token is signed with an algorithm that is not allowed'
  if (error instanceof errors.JOSENotSupported) return 'The token asks for something that is not supported'
  if (error instanceof errors.JWKSNoMatchingKey) return 'The token is signed with a key that is not known'
  if (error instanceof errors.JOSEError) return 'The token is not a JWT'
  return undefined
}

function claimReason(claim: string, reason: string): string {
  if (reason === 'missing') return `The token does not say '${claim}'`
  if (claim === 'nbf') return 'The token is not valid yet'
  if (claim === 'iss') return 'The token is from another issuer'
  if (claim === 'aud') return 'The token is for another audience'
  if (claim === 'typ') return 'The token is of another type'
  return `'${claim}' of the token is not valid`
}
