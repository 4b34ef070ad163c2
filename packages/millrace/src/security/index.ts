export { anyOf } from './anyOf.ts'
export { type ApiKeyOptions, apiKey } from './apiKey.ts'
export { type BasicCredentials, type HttpBasicOptions, httpBasic } from './httpBasic.ts'
export { type HttpBearerOptions, httpBearer } from './httpBearer.ts'
export { httpDigest } from './httpDigest.ts'
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
