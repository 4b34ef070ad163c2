import { StartupError } from '../errors/StartupError.ts'
import type { Level, LevelDocs, LevelLimits } from '../plan/definition.ts'
import type { Dependencies } from '../plan/dependency.ts'
import type { ReplyKind } from '../plan/kind.ts'
import { type KnownKeys, refuseUnknownOptions } from '../plan/knownOptions.ts'
import { amount, milliseconds } from '../plan/limits.ts'
import type { Responses } from '../plan/spec.ts'
import type { Middleware } from '../run/middleware.ts'

/** What an app and a router have in common. */
export interface RoutesOptions<Prefix extends string, D extends Dependencies> extends LevelDocs, LevelLimits {
  /** Before every path, such as `/items`: it starts with a slash and does not end with one. */
  readonly prefix?: Prefix
  /** Added to the tags of every operation. */
  readonly tags?: readonly string[]
  /** Made for every operation; their values are in each handler's context. */
  readonly deps?: D
  /** Middleware around every operation, outermost first. */
  readonly use?: readonly Middleware[]
  /** Other statuses of every operation. */
  readonly responses?: Responses
  /** Of every operation that declares no `response`, such as `html()` for pages. Default: by what its handler returns. */
  readonly defaultResponse?: ReplyKind
}

/** How an app or a router takes in another router: all of it stands between the two, outside of the router's own. */
export type IncludeOptions = RoutesOptions<string, Dependencies>

export const routesKeys: KnownKeys<RoutesOptions<string, Dependencies>> = {
  prefix: true,
  tags: true,
  deps: true,
  use: true,
  responses: true,
  defaultResponse: true,
  deprecated: true,
  hidden: true,
  callbacks: true,
  operationId: true,
  timeoutMs: true,
  maxBodyBytes: true,
  maxBodyValues: true,
  strictContentType: true,
  decompress: true,
}

/** @throws {StartupError} `invalid_option` for a key that routers do not have */
export function refuseOtherOptions(options: RoutesOptions<string, Dependencies>, owner: string): void {
  refuseUnknownOptions(options, routesKeys, owner)
}

/** What options give to all operations. @throws {StartupError} `invalid_option` */
export function levelOf(options: RoutesOptions<string, Dependencies>, owner: string): Level {
  const { timeoutMs, maxBodyBytes, maxBodyValues, strictContentType, decompress } = options
  if (timeoutMs !== undefined) milliseconds(timeoutMs, `timeoutMs${owner}`)
  if (maxBodyBytes !== undefined) amount(maxBodyBytes, `maxBodyBytes${owner}`)
  if (maxBodyValues !== undefined) amount(maxBodyValues, `maxBodyValues${owner}`)
  return {
    tags: options.tags ?? [],
    deps: options.deps ?? {},
    responses: options.responses ?? {},
    defaultResponse: options.defaultResponse,
    use: [...(options.use ?? [])],
    onError: [],
    docs: options,
    limits: { timeoutMs, maxBodyBytes, maxBodyValues, strictContentType, decompress },
  }
}

/** @throws {StartupError} `malformed_path` */
export function refusePrefix(prefix: string): void {
  if (prefix !== '' && (!prefix.startsWith('/') || prefix.endsWith('/')))
    throw new StartupError('malformed_path', `The prefix '${prefix}' must start with '/' and not end with it`)
}
