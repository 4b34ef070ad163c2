import { StartupError } from '../errors/StartupError.ts'

/** One segment of a path pattern. */
export type Segment =
  | { readonly kind: 'literal'; readonly text: string }
  | { readonly kind: 'param'; readonly name: string; readonly optional: boolean }
  | { readonly kind: 'rest'; readonly name: string }

/** A path pattern, and what it is made of. */
export interface ReadPath {
  /** With every prefix. */
  readonly path: string
  readonly segments: readonly Segment[]
}

/** The parameters that a path pattern names: `:id` and `*rest` are strings, `:id?` may be absent; `undefined` for none. */
export type PathParams<P extends string> = P extends `${string}/:${infer Tail}`
  ? Tail extends `${infer Name}/${infer More}`
    ? Param<Name> & MoreParams<`/${More}`>
    : Param<Tail>
  : P extends `${string}/*${infer Name}`
    ? Param<Name>
    : string extends P
      ? Readonly<Record<string, string>>
      : undefined

type MoreParams<P extends string> = PathParams<P> extends infer Params extends object ? Params : unknown

type Param<N extends string> = N extends `${infer Name}?`
  ? { readonly [K in Name]?: string }
  : { readonly [K in N]: string }

/** A router's prefix and an operation's path as one; `/` alone adds nothing to a prefix, and `//` a slash at its end. */
export type JoinPath<Prefix extends string, P extends string> = Prefix extends ''
  ? P
  : P extends '/'
    ? Prefix
    : P extends '//'
      ? `${Prefix}/`
      : `${Prefix}${P}`

/** The value side of {@link JoinPath}. */
export function joinPath(prefix: string, path: string): string {
  if (prefix === '') return path
  if (path === '/') return prefix
  return path === '//' ? `${prefix}/` : prefix + path
}

const name = /^[A-Za-z_][A-Za-z0-9_]*$/

/**
 * Reads a path pattern: literals, `:name`, `:name?`, and `*name` as the last segment.
 *
 * @throws {StartupError} `malformed_path`
 */
export function parsePath(path: string): readonly Segment[] {
  const wrong = (why: string) => new StartupError('malformed_path', `The path '${path}' ${why}`)
  if (!path.startsWith('/')) throw wrong("must start with '/'")
  if (/[?#]/.test(path) && /[?#]/.test(path.replace(/:\w+\?/g, '')))
    throw wrong("must not hold '?' or '#': declare a query by its schema")
  const parts = path.slice(1).split('/')
  const seen = new Set<string>()
  return parts.map((part, index): Segment => {
    const sign = part[0]
    if (sign !== ':' && sign !== '*') {
      // One look at most segments: an app with many operations reads many paths when it starts.
      if (!/[*:{<]/.test(part)) return { kind: 'literal', text: part }
      const native = nativeForm(part)
      if (native) throw wrong(`names a parameter as '${part}': here it is written '${native}'`)
      if (/[*:]/.test(part)) throw wrong(`has a parameter inside the segment '${part}': a parameter fills its segment`)
      return { kind: 'literal', text: part }
    }
    const optional = sign === ':' && part.endsWith('?')
    const key = part.slice(1, optional ? -1 : undefined)
    // A value of that name would not be kept by an object.
    if (!name.test(key) || key === '__proto__') throw wrong(`has a parameter without a proper name: '${part}'`)
    if (seen.has(key)) throw wrong(`names the parameter '${key}' twice`)
    seen.add(key)
    if (sign === ':') return { kind: 'param', name: key, optional }
    if (index < parts.length - 1) throw wrong(`has '${part}' before its end: it takes all that is left`)
    return { kind: 'rest', name: key }
  })
}

/** {@link parsePath} beside the path itself. */
export function readPath(path: string): ReadPath {
  return { path, segments: parsePath(path) }
}

/** How a parameter of FastAPI (`{id}`, `{file:path}`) or Flask (`<int:id>`) is written here. */
function nativeForm(part: string): string | undefined {
  const [, fastApi, fastApiType] = /^\{(\w+)(?::(\w+))?\}$/.exec(part) ?? []
  const [, flaskType, flask] = /^<(?:(\w+):)?(\w+)>$/.exec(part) ?? []
  const name = fastApi ?? flask
  if (name === undefined) return undefined
  return (fastApiType ?? flaskType) === 'path' ? `*${name}` : `:${name}`
}
