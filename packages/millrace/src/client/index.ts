export { ClientError, type ClientProblem } from './ClientError.ts'
export { ClientSocketError } from './ClientSocketError.ts'
export {
  type Client,
  type ClientConnect,
  type ClientHeaders,
  type ClientMethod,
  type ClientOptions,
  createClient,
} from './createClient.ts'
export type { Json } from './json.ts'
export type { ClientSocket, SocketClose, WebSocketInit, WebSocketLike } from './socketTypes.ts'
export type { Call, CallOptions, ClientStream, Prefixed, TextValue } from './types.ts'
