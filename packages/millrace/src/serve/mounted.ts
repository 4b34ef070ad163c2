/** What a web `Request` cannot tell a Millrace app that is mounted in another. */
export interface MountedAt {
  /** Path and query below, as they came: a parsed URL has no segments of dots any more. */
  readonly target: string
  /** What stands before the paths of the app in the URLs of clients. */
  readonly basePath: string
  /** As the app around it knows them, which may trust a proxy. */
  readonly scheme: 'http' | 'https'
  readonly host: string | undefined
  readonly clientAddress: string | undefined
}

/** Known only of requests that an app has handed on to what is mounted in it. */
export const mountedAt: WeakMap<Request, MountedAt> = new WeakMap()
