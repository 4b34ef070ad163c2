import { codedError } from '../errors/codedError.ts'
import type { RequestContext } from '../input/context.ts'
import type { Level } from '../plan/definition.ts'
import { parsePath } from '../plan/path.ts'
import type { Plan } from '../plan/plan.ts'
import type { Entry, MountHandler, MountOptions } from '../register/entry.ts'
import type { Operation } from '../register/operation.ts'
import { Routes } from '../register/routes.ts'
import type { Answer } from '../serve/answer.ts'
import type { ExchangeHandler } from '../serve/exchange.ts'
import type { MaybePromise } from '../serve/maybePromise.ts'
import { type MountedAt, mountedAt } from '../serve/mounted.ts'
import { MountedExchange } from '../serve/mountedExchange.ts'

/** Something that is mounted, where it stands in the app. */
export interface Mount {
  readonly path: string
  readonly handler: MountHandler
  readonly options: MountOptions
  readonly levels: readonly Level[]
}

/** @param mountedAs what stands in for what was mounted */
export function mountOf(
  { path, handler, options }: Entry & { kind: 'mount' },
  prefix: string,
  levels: readonly Level[],
  mountedAs: (handler: MountHandler) => MountHandler,
): Mount {
  return { path: prefix + path, handler: mountedAs(handler), options, levels }
}

/** Another Millrace app where it is mounted. */
export interface MountedApp {
  readonly state: string
  readonly handle: ExchangeHandler
  start(): Promise<void>
  /** Ends it so that it can be started again: what is around it did not start. */
  '~takeBack'(): Promise<void>
  stop(options?: { readonly graceMs?: number }): Promise<void>
  /** Whether it has WebSockets, or an app that is mounted in it has. */
  readonly '~hasSockets': boolean
  /** What it adds to the document of the app around it. */
  '~documentedAt'(path: string): readonly Plan[]
  /** Every path of each of its operations, and of the apps that are mounted in it. */
  readonly '~paths': ReadonlyMap<Operation, readonly string[]>
}

/** Whether what is mounted is another Millrace app. */
export function isApp(handler: MountHandler): handler is MountHandler & MountedApp {
  // Of all that are Routes only an App has `fetch`, which every MountHandler has.
  return handler instanceof Routes
}

/** Every pattern of a path and of all that lies below. */
export function patternsBelow(path: string): readonly string[] {
  return path === '' ? ['/', '/*below'] : [path, `${path}/`, `${path}/*below`]
}

/** The path below what is mounted at {@link patternsBelow}, undecoded, without its first slash. */
export function pathBelow(context: RequestContext): string {
  return context['~rawParams']?.['below'] ?? ''
}

/**
 * Paths of which a URL makes others (WHATWG URL, section 4.4). Whoever guards a part of what is mounted by `context.path`
 * would guard another path than the one that it then sees.
 */
const hasNoUrl = /\\|\/(?:\.|%2e){1,2}(?:\/|$)/i

/**
 * Calls what is mounted, with the path as it is below.
 *
 * The call throws an {@link HttpError} `malformed_target` for a path that a web `Request` cannot have.
 */
export function callerOf({ path, handler }: Mount): (context: RequestContext) => MaybePromise<Answer | Response> {
  if ('~answer' in handler) return (context) => handler['~answer'](context, pathBelow(context))
  const depth = path === '' ? 0 : parsePath(path).length
  const call = typeof handler === 'function' ? handler : handler.fetch.bind(handler)
  const callByRequest = (context: RequestContext) => call(relativeRequest(context, belowOf(context, depth)))
  if (!isApp(handler))
    return (context) => {
      if (hasNoUrl.test(context.path))
        throw codedError('malformed_target', 'A segment of the path is of dots alone, or has a backslash')
      return callByRequest(context)
    }
  return (context) => {
    if (!context['~exchange'].isUpgrade) return callByRequest(context)
    const exchange = new MountedExchange(context['~exchange'], belowOf(context, depth))
    context['~holdStream'](exchange)
    handler.handle(exchange)
    return exchange.answer
  }
}

/** The segments are cut from the raw path: in a parsed URL, `..` segments have already taken some away. */
function belowOf(context: RequestContext, depth: number): MountedAt {
  const { path, scheme, host, clientAddress } = context
  let start = 0
  for (let left = depth; left > 0 && start >= 0; left--) start = path.indexOf('/', start + 1)
  const rest = start < 0 ? '/' : path.slice(start)
  const basePath = context.basePath + (start < 0 ? path : path.slice(0, start))
  return { target: rest + context['~search'], basePath, scheme, host, clientAddress }
}

function relativeRequest({ request }: RequestContext, at: MountedAt): Request {
  const { method, headers, signal, body } = request
  const relative = new Request(new URL(request.url).origin + at.target, {
    method,
    headers,
    signal,
    body,
    ...(body ? { duplex: 'half' } : {}),
  } as RequestInit)
  mountedAt.set(relative, at)
  return relative
}
