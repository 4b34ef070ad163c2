import type { Profile } from '../compat/profile.ts'
import { type DocsOptions, docsKeys } from '../describe/docsOptions.ts'
import type { OpenApiOptions } from '../describe/openapi.ts'
import { StartupError } from '../errors/StartupError.ts'
import type { ContextHost } from '../input/contextHost.ts'
import type { Logger } from '../input/log.ts'
import type { TrailingSlash } from '../match/routingRules.ts'
import type { PlanDefaults } from '../plan/definition.ts'
import type { Dependencies } from '../plan/dependency.ts'
import type { JsonValues } from '../plan/jsonValues.ts'
import { type KnownKeys, refuseUnknownOptions } from '../plan/knownOptions.ts'
import { amount, milliseconds } from '../plan/limits.ts'
import type { ServerObject } from '../plan/openapiObjects.ts'
import { type SocketOptions, socketKeys } from '../plan/socketPlan.ts'
import { type RoutesOptions, routesKeys } from '../register/routesOptions.ts'
import { toJsonWith } from '../reply/json.ts'
import type { EncodeOptions } from '../reply/write.ts'
import type { TransportLimits } from '../serve/exchange.ts'
import { compileForwarded, type TrustProxy } from '../serve/forwarded.ts'
import { withDefaults } from '../serve/limits.ts'
import type { AccessLog } from './accessLog.ts'

/** How an app is set up. Every option has a default. */
export interface AppOptions<D extends Dependencies> extends Omit<RoutesOptions<'', D>, 'prefix'>, OpenApiOptions {
  /** Where the docs pages stand, or `false` for none. */
  readonly docs?: DocsOptions | false
  /** Default: JSON lines on standard error. `false` for none. */
  readonly logger?: Logger | false
  /**
   * Logs each request when its answer has been sent: `true` by the {@link logger}, a function in its own way.
   * Default: nothing is logged, but `millrace dev` shows requests in the terminal where this is not `false`.
   */
  readonly accessLog?: boolean | AccessLog
  /** Error answers tell message and stack. Default: only under `millrace dev`. */
  readonly debug?: boolean
  /** Of the server, whichever way it is started: `millrace start` has no others. Those of `listen` come first. */
  readonly limits?: TransportLimits
  /** Default 1 MiB; more is answered with 413. */
  readonly maxBodyBytes?: number
  /**
   * Values of a JSON body (numbers, strings, objects, …) or fields of a form. Default 100,000; more is answered
   * with 413. An object in a list counts as the keys that its schema requires. `Infinity` for no limit.
   */
  readonly maxBodyValues?: number
  /** Whether a body of JSON, text or a form has to say so in its `content-type`. Default true; others get 415. */
  readonly strictContentType?: boolean
  /** Whether bodies with a `content-encoding` are taken, bounded in both sizes. Default false, which answers 415. */
  readonly decompress?: boolean
  /** For an answer to begin; later is answered with 504. Default: none. */
  readonly timeoutMs?: number
  /** Between the heartbeats of an event stream in which nothing happens. Default 15,000. */
  readonly heartbeatMs?: number
  /**
   * Where a proxy puts the app, such as `/api`: the app answers with it and without it, and names it first among
   * the document's `servers`. It starts with a slash and does not end with one. Default: none.
   */
  readonly basePath?: string
  /** Whether the document's `servers` name {@link basePath}. Default true. */
  readonly basePathInServers?: boolean
  /**
   * Proxies whose `X-Forwarded-For`, `-Proto`, `-Host` and `-Prefix` are believed: how many stand before the app,
   * or their addresses. Default: none, so that nobody can pretend to be another.
   */
  readonly trustProxy?: TrustProxy
  /**
   * Answers as FastAPI or Flask does, so that a service that is ported keeps its clients: coercion, error shapes,
   * order of checks, redirects. Default: Millrace's own way. `fastapi({ … })` and `flask({ … })` of `millrace/compat` take options.
   */
  readonly compat?: 'fastapi' | 'flask' | Profile
  /**
   * What is answered to a path that an operation has but for its last slash: 404 (`strict`, the default), a
   * redirect with the status 307 or 308, or the operation itself (`ignore`).
   */
  readonly trailingSlash?: TrailingSlash
  /** How JSON replies write what JSON has no form for: NaN, BigInt, dates, maps, typed arrays. */
  readonly jsonValues?: JsonValues
  /** Limits and rules of all WebSockets; one that has its own goes by them. */
  readonly sockets?: SocketOptions
  /** Answers `/livez` and `/readyz` where no operation of the app does. Default true. */
  readonly health?: boolean
}

const { prefix: _, ...levelKeys } = routesKeys
const keys: KnownKeys<AppOptions<Dependencies>> = {
  ...levelKeys,
  limits: true,
  title: true,
  version: true,
  summary: true,
  description: true,
  termsOfService: true,
  contact: true,
  license: true,
  servers: true,
  openapiTags: true,
  externalDocs: true,
  openapi: true,
  openapiVersion: true,
  docs: true,
  logger: true,
  accessLog: true,
  debug: true,
  heartbeatMs: true,
  basePath: true,
  basePathInServers: true,
  trustProxy: true,
  compat: true,
  trailingSlash: true,
  jsonValues: true,
  sockets: true,
  health: true,
}

/** @throws {StartupError} `invalid_option` for a key that apps, their pages or their WebSockets do not have */
export function refuseOtherOptions(options: AppOptions<Dependencies>): void {
  refuseUnknownOptions(options, keys, 'App')
  if (options.docs) refuseUnknownOptions(options.docs, docsKeys, 'docs of App')
  if (options.limits) withDefaults(options.limits, 'App')
  if (options.sockets) refuseUnknownOptions(options.sockets, socketKeys, 'sockets of App')
}

/** How an app writes its replies: as its profile says, with other forms of values where options name them. */
export function repliesOf(
  { jsonValues }: AppOptions<Dependencies>,
  { replies }: Profile,
): Pick<EncodeOptions, 'replies' | 'jsonValues'> {
  if (jsonValues === undefined) return { replies, jsonValues: {} }
  return { replies: { ...replies, toJson: toJsonWith(jsonValues) }, jsonValues }
}

/** The limits of an app: what its options leave open is decided here. */
export type Limits = Omit<PlanDefaults, 'overrides' | 'operationId' | 'madeOfJson'> & Pick<EncodeOptions, 'heartbeatMs'>

/** @throws {StartupError} `invalid_option` */
export function limitsOf(options: AppOptions<Dependencies>): Limits {
  const { maxBodyBytes = 1024 * 1024, maxBodyValues = 100_000, timeoutMs, heartbeatMs = 15_000 } = options
  return {
    maxBodyBytes: amount(maxBodyBytes, 'maxBodyBytes'),
    maxBodyValues: amount(maxBodyValues, 'maxBodyValues'),
    timeoutMs: timeoutMs === undefined ? undefined : milliseconds(timeoutMs, 'timeoutMs'),
    heartbeatMs: milliseconds(heartbeatMs, 'heartbeatMs'),
  }
}

/** How the contexts of an app see its proxies. @throws {StartupError} `invalid_option` */
export function proxyOf({
  basePath = '',
  trustProxy,
}: AppOptions<Dependencies>): Pick<ContextHost, 'basePath' | 'readForwarded'> {
  if (basePath !== '' && !/^(\/[^/?#\s]+)+$/.test(basePath))
    throw new StartupError('invalid_option', `basePath '${basePath}' must start with '/' and not end with it`)
  return { basePath, readForwarded: trustProxy === undefined ? undefined : compileForwarded(trustProxy) }
}

/**
 * The servers that the document of an app names, where it is reached first.
 *
 * @param basePath what stands before its paths: where a proxy has put it, or another app has mounted it
 */
export function serversOf(
  { basePathInServers = true, servers }: AppOptions<Dependencies>,
  basePath: string,
): readonly ServerObject[] | undefined {
  return basePath === '' || !basePathInServers ? servers : [{ url: basePath }, ...(servers ?? [])]
}
