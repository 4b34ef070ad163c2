/** What is answered to a path that an operation has but for its last slash. */
export type TrailingSlash = 'strict' | 'redirect307' | 'redirect308' | 'ignore'

/** A status, and perhaps a line of text. */
export interface Preflight {
  readonly status: 200 | 204
  readonly text: string | undefined
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
  /** How a preflight of CORS is answered that lets the request through. */
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
  preflight: { status: 204, text: undefined },
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
