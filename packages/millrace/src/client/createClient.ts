import { PendingCall } from './PendingCall.ts'
import { type AnyOptions, bodyOf, headersOf, targetOf } from './request.ts'
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

  const method =
    (name: string) =>
    (path: string, given: AnyOptions = {}) =>
      new PendingCall(async (signal) => {
        const url = base + targetOf(path, given)
        const common = typeof options.headers === 'function' ? await options.headers() : (options.headers ?? {})
        const body = bodyOf(given)
        const response = await send(url, {
          method: name,
          headers: headersOf(common, given),
          body,
          // A stream has to say that it does not wait for the answer, which the types of `fetch` leave out.
          ...(body instanceof ReadableStream ? { duplex: 'half' } : {}),
          signal: given.signal ? AbortSignal.any([given.signal, signal]) : signal,
          ...(credentials ? { credentials } : {}),
        })
        return { request: `${name} ${path}`, response }
      })

  const client = {
    get: method('GET'),
    post: method('POST'),
    put: method('PUT'),
    patch: method('PATCH'),
    delete: method('DELETE'),
    head: method('HEAD'),
    options: method('OPTIONS'),
    query: method('QUERY'),
  }
  // The operations are known only as types: at run time every path is taken, and the server answers for it.
  return client as unknown as Client<Api>
}
