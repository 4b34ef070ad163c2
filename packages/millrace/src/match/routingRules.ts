/** What is answered to a path that an operation has but for its last slash. */
export type TrailingSlash = 'strict' | 'redirect307' | 'redirect308' | 'ignore'

/** How the preflights of CORS are answered. */
export interface Preflight {
  /** Of one that lets the request through, with perhaps a line of text. */
  readonly status: 200 | 204
  readonly text: string | undefined
  /** Request headers that are named besides those that the app allows. */
  readonly safelisted: readonly string[]
  /** Whether those who may not ask are told what others may. */
  readonly tellsRefused: boolean
}

/** How paths and methods are answered at which no operation stands: the part of routing in a profile. */
export interface RoutingRules {
  readonly trailingSlash: TrailingSlash
  /** To which paths is redirected: all, or those with a slash at their end. */
  readonly redirectsTo: 'all' | 'slashed'
  /** Which methods are redirected: all, or those that the other path answers. */
  readonly redirectsMethod: 'any' | 'answered'
  /** Whether `location` has scheme and host, or the path alone. */
  readonly location: 'absolute' | 'relative'
  /** HEAD is answered by GET where no operation does. */
  readonly answersHead: boolean
  /** Of the answer to an OPTIONS that is given for an operation. */
  readonly optionsStatus: 200 | 204
  /** OPTIONS is answered with the methods of the path where no operation does. */
  readonly answersOptions: boolean
  /** Of two operations with one method and path: the app does not start, or the first answers. */
  readonly duplicates: 'refuse' | 'first'
  /** A mount answers what lies below its path, but not the path without a slash, which is redirected to that with one. */
  readonly redirectsMounts: boolean
  /** Pages of other origins may not open a WebSocket that names none. */
  readonly checksSocketOrigins: boolean
  /** The status of a WebSocket handshake where nothing stands. */
  readonly noSocketStatus: 403 | 404
  /** What an error says where nothing stands at a path. */
  readonly notFound: (path: string) => string
  /** What an error says where a path does not answer a method. */
  readonly notAllowed: (path: string, method: string, allow: string) => string
  readonly preflight: Preflight
  /** The value of `allow`, from the methods that operations of a path answer, in order of registration. */
  readonly allow: (methods: readonly string[]) => string
}

/** Millrace's own. */
export const standardRouting: RoutingRules = {
  trailingSlash: 'strict',
  redirectsTo: 'all',
  location: 'relative',
  answersHead: true,
  answersOptions: true,
  optionsStatus: 204,
  redirectsMethod: 'any',
  duplicates: 'refuse',
  preflight: { status: 204, text: undefined, safelisted: [], tellsRefused: false },
  redirectsMounts: false,
  checksSocketOrigins: true,
  noSocketStatus: 404,
  notFound: (path) => `Nothing stands at ${path}`,
  notAllowed: (path, method, allow) => `${path} does not answer ${method}, only ${allow}`,
  allow: (methods) => {
    const all = new Set([...methods, 'OPTIONS'])
    if (all.has('GET')) all.add('HEAD')
    return [...all].sort().join(', ')
  },
}

/** The path with a slash at its end where it has none, and without where it has; `undefined` for the root. */
export function otherSlash(path: string): string | undefined {
  if (!path.endsWith('/')) return `${path}/`
  let end = path.length
  while (path.charCodeAt(end - 1) === 47) end--
  return end === 0 ? undefined : path.slice(0, end)
}
