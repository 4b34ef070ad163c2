import { OpeningSocket } from './OpeningSocket.ts'
import { PendingCall } from './PendingCall.ts'
import { type AnyOptions, bodyOf, headersOf, targetOf } from './request.ts'
import type { SocketOf, SocketOptionsOf, WebSocketInit, WebSocketLike } from './socketTypes.ts'
import type { AnswerOf, ByPath, Call, OptionsOf, Rest, TextValue } from './types.ts'

/** Headers by name; `undefined` sends none. */
export type ClientHeaders = Readonly<Record<string, TextValue | undefined>>

/** How a client sends. */
export interface ClientOptions {
  /** Before every path, such as `https://api.example.com/v1`; empty in a browser for the page's own origin. */
  readonly baseUrl: string
  /** Default: the global `fetch`. */
  readonly fetch?: (request: string, init: RequestInit) => Promise<Response>
  /** Sent with every request; a function is asked each time, so that a token can be renewed. */
  readonly headers?: ClientHeaders | (() => ClientHeaders | Promise<ClientHeaders>)
  /** Whether a browser sends cookies, and to whom. Default: to the page's own origin. */
  readonly credentials?: 'omit' | 'same-origin' | 'include'
  /**
   * Opens WebSockets. Default: the global `WebSocket`, which sends no headers, nor those of the client.
   *
   * @example
   * createClient({ baseUrl, webSocket: (url, { protocols, headers }) => new WebSocket(url, protocols, { headers }) }) // of `ws`
   */
  readonly webSocket?: (url: string, init: WebSocketInit) => WebSocketLike | Promise<WebSocketLike>
}

/** Calls the operations of one method by their paths. */
export type ClientMethod<Operations> = <const P extends keyof Operations & string>(
  path: P,
  ...options: Rest<OptionsOf<Operations[P]>>
) => AnswerOf<Operations[P]>

/** Asks for an answer without its body, of any path that answers GET or HEAD. */
export type ClientHead<Operations> = <const P extends keyof Operations & string>(
  path: P,
  ...options: Rest<OptionsOf<Operations[P]>>
) => Call<undefined>

/** Opens a WebSocket. */
export type ClientConnect<Operations> = <const P extends keyof Operations & string>(
  path: P,
  ...options: Rest<SocketOptionsOf<Operations[P]>>
) => SocketOf<Operations[P]>

/** A client of an API. Its methods take the paths of the API, and their options and results are those of its operations. */
export interface Client<Api> {
  readonly get: ClientMethod<ByPath<Api, 'GET'>>
  readonly post: ClientMethod<ByPath<Api, 'POST'>>
  readonly put: ClientMethod<ByPath<Api, 'PUT'>>
  readonly patch: ClientMethod<ByPath<Api, 'PATCH'>>
  readonly delete: ClientMethod<ByPath<Api, 'DELETE'>>
  readonly head: ClientHead<ByPath<Api, 'GET' | 'HEAD'>>
  readonly options: ClientMethod<ByPath<Api, 'OPTIONS'>>
  readonly query: ClientMethod<ByPath<Api, 'QUERY'>>
  readonly ws: ClientConnect<ByPath<Api, 'WS'>>
}

/**
 * Makes a client of an API from the types of its module alone: nothing is generated, and nothing of the
 * server is loaded. The module may export other things besides its operations. Of several modules give a
 * tuple: `createClient<[typeof users, typeof items]>(…)`.
 *
 * A call is sent when it is awaited, and gives the value of a successful answer in its JSON form; `response()`
 * gives the web `Response` instead. A stream is iterated, and sent when the loop begins; leaving the loop ends
 * the request.
 *
 * Options are the inputs that the operation declares: `params`, `query`, `headers`, `cookies`, and the body as
 * `body` (JSON) or under the name of its kind: `form`, `multipart`, `text`, `bytes`. `signal` aborts.
 *
 * `ws` opens a WebSocket, whose messages are typed both ways.
 *
 * @throws {ClientError} when awaited or iterated, for every status but those of success; {TypeError} for a
 *   server that cannot be reached, or a path parameter that cannot be sent
 *
 * @example
 * import type * as api from './app.ts'
 * const client = createClient<typeof api>({ baseUrl: 'http://localhost:8000' })
 * const verdict = await client.post('/classify', { body: { text: 'fine' } })
 * for await (const token of client.post('/chat', { body: { prompt: 'Hi' } })) show(token)
 */
export function createClient<Api>(options: ClientOptions): Client<Api> {
  const base = options.baseUrl.replace(/\/+$/, '')
  const send = options.fetch ?? ((url, init) => fetch(url, init))
  const { credentials } = options

  const commonHeaders = async () =>
    typeof options.headers === 'function' ? await options.headers() : (options.headers ?? {})

  const method =
    (name: string) =>
    (path: string, given: AnyOptions = {}) =>
      new PendingCall(async (signal) => {
        const url = base + targetOf(path, given)
        const body = bodyOf(given)
        const response = await send(url, {
          method: name,
          headers: headersOf(await commonHeaders(), given),
          body,
          // A stream has to say that it does not wait for the answer, which the types of `fetch` leave out.
          ...(body instanceof ReadableStream ? { duplex: 'half' } : {}),
          signal: given.signal ? AbortSignal.any([given.signal, signal]) : signal,
          ...(credentials ? { credentials } : {}),
        })
        return { request: `${name} ${path}`, response }
      })

  const connect = (path: string, given: AnySocketOptions = {}) => {
    const { sends = 'json', receives = 'json', subprotocols = [], signal } = given
    const socket = new OpeningSocket(`WS ${path}`, { sends, receives }, async () => {
      signal?.throwIfAborted()
      const url = webSocketUrl(base, targetOf(path, given))
      if (options.webSocket) {
        const headers = Object.fromEntries(headersOf(await commonHeaders(), given))
        return options.webSocket(url, { protocols: [...subprotocols], headers })
      }
      if (given.headers || given.cookies)
        throw new TypeError('The standard WebSocket sends no headers: give createClient() a `webSocket` that does')
      return new WebSocket(url, [...subprotocols])
    })
    signal?.addEventListener('abort', () => void socket.close())
    return socket
  }

  const client = {
    get: method('GET'),
    post: method('POST'),
    put: method('PUT'),
    patch: method('PATCH'),
    delete: method('DELETE'),
    head: method('HEAD'),
    options: method('OPTIONS'),
    query: method('QUERY'),
    ws: connect,
  }
  // The operations are known only as types: at run time every path is taken, and the server answers for it.
  return client as unknown as Client<Api>
}

/** The options of any socket, as the code that opens it reads them. */
interface AnySocketOptions extends AnyOptions {
  readonly sends?: 'text'
  readonly receives?: 'text'
  readonly subprotocols?: readonly string[]
}

/** `ws:` for `http:`. Without an origin the URL is one of the page's own, which `WebSocket` completes. */
function webSocketUrl(base: string, target: string): string {
  return base.replace(/^http/, 'ws') + target
}
