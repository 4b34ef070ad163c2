import { targetOf } from '../client/request.ts'
import type { RequestContext } from '../input/context.ts'
import { originOf } from '../input/origin.ts'
import { decodeParams } from '../match/encoding.ts'
import { joinPath, parsePath } from '../plan/path.ts'
import type { Linked, UrlOptions } from '../plan/urlFor.ts'
import type { Entry, MountHandler } from '../register/entry.ts'
import { walk } from '../register/walk.ts'
import { isApp } from './mount.ts'

/** Every path of each operation. */
export type Paths = ReadonlyMap<Linked<string>, readonly string[]>

type Params = Readonly<Record<string, unknown>>

/** Finds every path at which an operation stands, those of mounted Millrace apps too. */
export function pathsOf(entries: readonly Entry[], mountedAs: (handler: MountHandler) => MountHandler): Paths {
  const paths = new Map<Linked<string>, string[]>()
  const add = (operation: Linked<string>, path: string) => {
    const known = paths.get(operation)
    if (known) known.push(path)
    else paths.set(operation, [path])
  }
  for (const { entry, prefix } of walk(entries)) {
    if (entry.kind === 'operation') add(entry.operation, joinPath(prefix, entry.operation.path))
    else if (entry.kind === 'socket') add(entry.socket, joinPath(prefix, entry.socket.path))
    else if (entry.kind === 'mount') {
      const mounted = mountedAs(entry.handler)
      if (!isApp(mounted)) continue
      for (const [operation, below] of mounted['~paths'])
        for (const path of below) add(operation, joinPath(prefix + entry.path, path))
    }
  }
  return paths
}

/**
 * The URL of an operation, of several the one nearest to where the request is.
 *
 * @throws {TypeError} for an operation that is not part of the app, or a parameter that cannot be sent
 */
export function urlOf(
  paths: Paths,
  operation: Linked<string>,
  params: object = {},
  { query = {}, hash, absolute = false }: UrlOptions = {},
  context?: RequestContext,
): string {
  const all = paths.get(operation)
  if (!all)
    throw new TypeError(
      `${operation.method} ${operation.path} is not part of this app: include its router, or ask the app that has it`,
    )
  const path = nearest(all, context?.route)
  const given = { ...paramsOfPrefix(path, operation.path, context), ...params }
  const target = targetOf(path, { params: given, query }) + (hash === undefined ? '' : `#${encodeURIComponent(hash)}`)
  if (typeof absolute === 'string') return absolute.replace(/\/+$/, '') + target
  const relative = below(context?.basePath ?? '', target)
  if (!absolute) return relative
  if (!context) throw new TypeError('An absolute URL outside of a request needs a base: urlFor(…, { absolute: base })')
  const origin = originOf(context)
  // RFC 6455, section 3
  return (operation.method === 'WS' ? origin.replace(/^http/, 'ws') : origin) + relative
}

/** The root of something that is mounted has no slash of its own. */
function below(base: string, target: string): string {
  return base !== '' && /^\/(?=[?#]|$)/.test(target) ? base + target.slice(1) : base + target
}

/** The path that has most of its beginning in common with a route; of several the first. */
function nearest(all: readonly string[], route: string | undefined): string {
  const [first] = all as [string]
  if (all.length === 1 || route === undefined) return first
  const here = route.split('/')
  const inCommon = (path: string) => {
    const index = path.split('/').findIndex((part, at) => part !== here[at])
    return index < 0 ? path.split('/').length : index
  }
  return all.reduce((best, path) => (inCommon(path) > inCommon(best) ? path : best), first)
}

/** Parameters of a prefix that the operation does not know of are those of the request, where it has them. */
function paramsOfPrefix(path: string, own: string, context: RequestContext | undefined): Params {
  const prefix = path.endsWith(own) ? path.slice(0, path.length - own.length) : path
  const raw = context?.['~rawParams']
  if (!raw || !prefix.includes('/:')) return {}
  const params = decodeParams(raw)
  const names = parsePath(prefix).flatMap((segment) => (segment.kind === 'param' ? [segment.name] : []))
  return Object.fromEntries(names.filter((name) => name in params).map((name) => [name, params[name]]))
}
