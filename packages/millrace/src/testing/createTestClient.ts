import { type Client, type ClientOptions, createClient } from '../client/createClient.ts'
import { errorOf } from '../client/read.ts'
import type { WebSocketInit, WebSocketLike } from '../client/socketTypes.ts'
import { CookieJar } from './CookieJar.ts'

/** What a test client needs of an app. */
export interface TestableApp {
  start(): Promise<void>
  stop(): Promise<void>
  fetch(request: Request): Promise<Response>
  '~openWebSocket'(
    url: string,
    init: WebSocketInit & { readonly onRefused: (response: Response) => Promise<Error> },
  ): Promise<object>
}

/** How a test client sends. */
export type TestClientOptions = Pick<ClientOptions, 'headers'>

/** A client of an app in the same process. */
export type TestClient<Api> = Client<Api> &
  AsyncDisposable & {
    /** Ends the app's life: requests in flight, lifespans, app-scoped dependencies. */
    close(): Promise<void>
  }

/**
 * Makes the typed client of an app without a network, for tests. The app starts at once, lifespans included;
 * what its start-up throws is thrown by the first call. Cookies that an answer sets are sent with later calls.
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
  const started = app.start()
  // Told by the first call; until then it is nobody's.
  started.catch(() => undefined)
  const jar = new CookieJar()
  const client = createClient<Api>({
    ...options,
    baseUrl: 'http://localhost',
    fetch: async (url, init) => {
      await started
      const request = new Request(url, init)
      const cookie = jar.headerFor(new URL(url).pathname, request.headers.get('cookie'))
      if (cookie !== undefined) request.headers.set('cookie', cookie)
      const response = await app.fetch(request)
      jar.take(response)
      return response
    },
    webSocket: async (url, { protocols, headers }) => {
      await started
      const { pathname } = new URL(url)
      const cookie = jar.headerFor(pathname, headers['cookie'] ?? null)
      const opened = await app['~openWebSocket'](url, {
        protocols,
        headers: cookie === undefined ? headers : { ...headers, cookie },
        onRefused: async (response) => {
          jar.take(response)
          return await errorOf({ request: `WS ${pathname}`, response })
        },
      })
      // The app names no type of the client, and the client none of the app.
      return opened as WebSocketLike
    },
  })
  const close = async () => {
    await started.catch(() => undefined)
    await app.stop()
  }
  return Object.assign(client, { close, [Symbol.asyncDispose]: close })
}
