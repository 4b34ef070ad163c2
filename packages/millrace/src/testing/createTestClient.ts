import { AsyncLocalStorage } from 'node:async_hooks'
import type { AppEvents } from '../app/events.ts'
import { type Client, type ClientOptions, createClient } from '../client/createClient.ts'
import { errorOf } from '../client/read.ts'
import type { WebSocketInit, WebSocketLike } from '../client/socketTypes.ts'
import { CookieJar } from './CookieJar.ts'
import { follow } from './redirects.ts'

/** What a test client needs of an app. */
export interface TestableApp {
  start(): Promise<void>
  stop(): Promise<void>
  '~dropUnread'(): void
  idle(): Promise<void>
  fetch(request: Request): Promise<Response>
  '~openWebSocket'(
    url: string,
    init: WebSocketInit & { readonly onRefused: (response: Response) => Promise<Error> },
  ): Promise<object>
  on(event: 'error', listener: (event: AppEvents['error']) => void): () => void
}

/** How a test client sends. */
export interface TestClientOptions extends Pick<ClientOptions, 'headers'> {
  /** What the app sees as its own place. Default `http://localhost`. */
  readonly baseUrl?: string
  /** `manual` gives answers that redirect as they are. Default `follow`. */
  readonly redirect?: 'follow' | 'manual'
  /** An error that nobody has expected is thrown by the call, instead of being answered with 500. Default true. */
  readonly raiseServerErrors?: boolean
}

/** What a test client has besides the methods of a client. */
export interface TestTools extends AsyncDisposable {
  /** Those that answers have set, and that are sent with later calls. */
  readonly cookies: CookieJar
  /** The answers that the last call was redirected by, in order; empty for none. */
  readonly history: readonly Response[]
  /** Asks for any path, typed or not; cookies, redirects and errors are treated alike. */
  request(path: string, init?: RequestInit): Promise<Response>
  /** Resolves when the work after all answers is done, and what was opened for them is closed. */
  idle(): Promise<void>
  /** Ends the app's life: answers that nobody reads, requests in flight, lifespans, app-scoped dependencies. */
  close(): Promise<void>
}

/** A client of an app in the same process. */
export type TestClient<Api> = Client<Api> & TestTools

/** The call that is under way, where an error of the app finds it. */
const calls = new AsyncLocalStorage<{ error: { readonly thrown: unknown } | undefined }>()

/**
 * Makes the typed client of an app without a network, for tests. The app starts at once, lifespans included;
 * what its start-up throws is thrown by the first call. Cookies that an answer sets are sent with later calls,
 * and redirects are followed.
 *
 * WebSockets are opened by `ws`, over connections that do not leave the process.
 *
 * An app lives once: for another client of the same app, make a copy by `app.with({ overrides: [] })`.
 *
 * @example
 * await using client = createTestClient<typeof api>(api.app)
 * expect(await client.get('/')).toBe('hello')
 */
export function createTestClient<Api>(app: TestableApp, options: TestClientOptions = {}): TestClient<Api> {
  const { headers, baseUrl = 'http://localhost', redirect = 'follow', raiseServerErrors = true } = options
  const started = app.start()
  // Told by the first call; until then it is nobody's.
  started.catch(() => undefined)
  const cookies = new CookieJar()
  let history: readonly Response[] = []
  const stopListening = app.on('error', ({ error }) => {
    const call = calls.getStore()
    if (call && !isMeant(error)) call.error = { thrown: error }
  })

  const sendOne = async (url: string, init: RequestInit): Promise<Response> => {
    const request = new Request(url, init)
    const { pathname } = new URL(url)
    const cookie = cookies['~headerFor'](pathname, request.headers.get('cookie'))
    if (cookie !== undefined) request.headers.set('cookie', cookie)
    const call = { error: undefined as { readonly thrown: unknown } | undefined }
    const response = await calls.run(call, () => app.fetch(request))
    if (raiseServerErrors && call.error && response.status === 500) throw call.error.thrown
    cookies['~take'](response, pathname)
    return withUrl(response, url)
  }
  const send = async (url: string, init: RequestInit): Promise<Response> => {
    await started
    if (redirect === 'manual') return await sendOne(url, init)
    const followed = await follow(sendOne, url, init)
    history = followed.history
    return followed.response
  }
  const webSocket: ClientOptions['webSocket'] = async (url, { protocols, headers }) => {
    await started
    const { pathname } = new URL(url)
    const cookie = cookies['~headerFor'](pathname, headers['cookie'] ?? null)
    const opened = await app['~openWebSocket'](url, {
      protocols,
      headers: cookie === undefined ? headers : { ...headers, cookie },
      onRefused: async (response) => {
        cookies['~take'](response, pathname)
        return await errorOf({ request: `WS ${pathname}`, response })
      },
    })
    // The app names no type of the client, and the client none of the app.
    return opened as WebSocketLike
  }
  const close = async () => {
    await started.catch(() => undefined)
    stopListening()
    app['~dropUnread']()
    await app.stop()
  }
  const client = createClient<Api>({ ...(headers ? { headers } : {}), baseUrl, fetch: send, webSocket })
  const tools: TestTools = {
    cookies,
    get history() {
      return history
    },
    request: (path, init = {}) => send(new URL(path, baseUrl).href, init),
    idle: () => app.idle(),
    close,
    [Symbol.asyncDispose]: close,
  }
  return Object.defineProperties(client, Object.getOwnPropertyDescriptors(tools)) as TestClient<Api>
}

/** A `Response` that does not come from the network has no `url` of its own. */
function withUrl(response: Response, url: string): Response {
  return Object.defineProperty(response, 'url', { value: url.split('#', 1)[0] })
}

/** An HttpError is an answer that somebody has meant. By its shape: the server is no part of a client. */
function isMeant(error: unknown): boolean {
  return error instanceof Error && 'status' in error && 'detail' in error
}
