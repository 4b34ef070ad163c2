export { anyOf } from './anyOf.ts'
export { type ApiKeyOptions, apiKey } from './apiKey.ts'
export { type ApiKeyStore, MemoryApiKeyStore } from './apiKeys/ApiKeyStore.ts'
export { type ApiKeysOptions, apiKeys, type VerifiedApiKey } from './apiKeys/apiKeys.ts'
export { type ApiKeyRecord, type GenerateApiKeyOptions, generateApiKey } from './apiKeys/generateApiKey.ts'
export { type BasicCredentials, type HttpBasicOptions, httpBasic } from './httpBasic.ts'
export { type HttpBearerOptions, httpBearer } from './httpBearer.ts'
export { httpDigest } from './httpDigest.ts'
export { isSameSecret } from './isSameSecret.ts'
export type { JwtAlgorithm } from './jwt/algorithms.ts'
export type { JwtClaims } from './jwt/claims.ts'
export { type JwtOptions, jwt } from './jwt/jwt.ts'
export type { LocalKeySet, RemoteKeySet } from './jwt/keySetTypes.ts'
export { type SignJwtOptions, signJwt } from './jwt/signJwt.ts'
export {
  type OAuth2AuthorizationCodeOptions,
  type OAuth2Flow,
  type OAuth2Flows,
  type OAuth2Options,
  type OAuth2PasswordOptions,
  type OAuth2Scopes,
  oauth2,
  oauth2AuthorizationCode,
  oauth2ClientCredentials,
  oauth2Password,
} from './oauth2.ts'
export { type OpenIdConnectOptions, openIdConnect } from './openIdConnect.ts'
export type { Optional, SchemeOptions } from './schemeGuard.ts'
export { requiredScopes, requireScopes, security } from './scopes.ts'
export { OAuth2Error, type OAuth2ErrorCode } from './token/OAuth2Error.ts'
export { type PasswordCredentials, type PasswordFormFields, passwordForm } from './token/passwordForm.ts'
export { tokenEndpoint } from './token/tokenEndpoint.ts'
