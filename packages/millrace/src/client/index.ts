export { ClientError, type ClientProblem } from './ClientError.ts'
export { type Client, type ClientHeaders, type ClientMethod, type ClientOptions, createClient } from './createClient.ts'
export type { Json } from './json.ts'
export type { Call, CallOptions, ClientStream, Prefixed, TextValue } from './types.ts'
