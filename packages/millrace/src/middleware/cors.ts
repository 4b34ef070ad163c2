import { PreflightError } from '../errors/PreflightError.ts'
import { StartupError } from '../errors/StartupError.ts'
import type { MiddlewareContext } from '../input/baseContext.ts'
import type { RequestContext } from '../input/context.ts'
import type { Preflight } from '../match/routingRules.ts'
import { type KnownKeys, refuseUnknownOptions } from '../plan/knownOptions.ts'
import { amount } from '../plan/limits.ts'
import { isOrigin } from '../plan/origin.ts'
import type { Middleware } from '../run/middleware.ts'
import { Answer } from '../serve/answer.ts'
import { HeaderList } from '../serve/headers.ts'
import { isPromise } from '../serve/maybePromise.ts'

/** Whom and what a browser may ask from another origin. */
export interface CorsOptions {
  /** `*` for all, exact origins such as `https://app.example`, patterns for the whole origin, or a test. */
  readonly origins: '*' | readonly (string | RegExp)[] | ((origin: string) => boolean)
  /** Default: GET, HEAD, PUT, PATCH, POST, DELETE, QUERY. */
  readonly methods?: readonly string[]
  /** Request headers beyond the safelisted; default: those that the preflight asks for. */
  readonly headers?: readonly string[]
  /** Response headers that scripts may read beyond the safelisted. */
  readonly exposeHeaders?: readonly string[]
  /** Cookies and authorization may be sent; not for `*`. Default false. */
  readonly credentials?: boolean
  /** For a browser to remember a preflight, in seconds. Default 600. */
  readonly maxAgeSeconds?: number
  /** Pages of public networks may ask (Private Network Access). Default false. */
  readonly privateNetwork?: boolean
}

const keys: KnownKeys<CorsOptions> = {
  origins: true,
  methods: true,
  headers: true,
  exposeHeaders: true,
  credentials: true,
  maxAgeSeconds: true,
  privateNetwork: true,
}

/** What the answer to a preflight depends on. */
const varying = [
  'Origin',
  'Access-Control-Request-Method',
  'Access-Control-Request-Headers',
  'Access-Control-Request-Private-Network',
]

const defaultMethods = ['GET', 'HEAD', 'PUT', 'PATCH', 'POST', 'DELETE', 'QUERY']

/**
 * Cross-origin requests (https://fetch.spec.whatwg.org/#http-cors-protocol). Preflights are answered with
 * 204, or with 403, code `origin_not_allowed` or `preflight_refused`, and what was refused. All other answers
 * get their headers, errors included.
 *
 * @throws {StartupError} `invalid_option` for `*` together with credentials, and for an origin that is none
 *
 * @example
 * app.use(cors({ origins: ['https://app.example'], credentials: true }))
 */
export function cors(options: CorsOptions): Middleware {
  refuseUnknownOptions(options, keys, 'cors()')
  if (options.origins === '*' && options.credentials)
    throw new StartupError(
      'invalid_option',
      "cors() cannot let '*' send credentials: any page on the internet could then act as the signed-in user. Name the origins",
    )
  const named = Array.isArray(options.origins) ? (options.origins as readonly unknown[]) : []
  const wrong = named.find((origin) => typeof origin === 'string' && !isOrigin(origin))
  if (wrong !== undefined)
    throw new StartupError(
      'invalid_option',
      `cors() cannot let in '${wrong}': an origin is such as https://app.example, and '*' for all stands alone`,
    )
  amount(options.maxAgeSeconds ?? 0, 'maxAgeSeconds of cors()')
  const isAllowed = originTest(options.origins)
  const namesOrigin = options.origins !== '*'
  const methods = options.methods ?? defaultMethods
  const exposed = options.exposeHeaders?.join(', ')

  const allowOrigin = (headers: HeaderList, origin: string) => {
    headers.set('access-control-allow-origin', namesOrigin ? origin : '*')
    if (options.credentials) headers.set('access-control-allow-credentials', 'true')
  }
  /** What others may ask, whoever asks. */
  const describe = (headers: HeaderList, context: MiddlewareContext, safelisted: readonly string[]) => {
    headers.set('access-control-allow-methods', methods.join(', '))
    const allowed = options.headers
      ? [...new Set([...safelisted, ...options.headers])].sort().join(', ')
      : context.header('access-control-request-headers')
    if (allowed) headers.set('access-control-allow-headers', allowed)
    headers.set('access-control-max-age', String(options.maxAgeSeconds ?? 600))
    headers.vary(...varying)
  }
  const preflight = (context: MiddlewareContext, origin: string): Answer => {
    const method = context.header('access-control-request-method') as string
    const wanted = context.header('access-control-request-headers') ?? ''
    const { status, text, safelisted, tellsRefused } = preflightOf(context)
    const isMethod = methods.includes(method)
    const refused = options.headers ? refusedHeaders(wanted, [...safelisted, ...options.headers]) : []
    const isOrigin = isAllowed(origin)
    const reasons = [
      ...(isOrigin ? [] : ['origin']),
      ...(isMethod ? [] : ['method']),
      ...(refused.length > 0 ? ['headers'] : []),
    ]
    if (reasons.length > 0) {
      const headers = HeaderList['~of']('vary', 'Origin')
      if (tellsRefused) {
        describe(headers, context, safelisted)
        if (isOrigin) allowOrigin(headers, origin)
        else if (options.credentials) headers.set('access-control-allow-credentials', 'true')
      }
      const told = { reasons, headers: Object.fromEntries(headers) }
      if (!isOrigin) throw refusal('origin_not_allowed', `The origin ${origin} may not ask`, told)
      if (!isMethod) throw refusal('preflight_refused', `Other origins may not use ${method}`, told)
      throw refusal('preflight_refused', `Other origins may not send ${refused.join(', ')}`, told)
    }
    const answer = new Answer(
      status,
      text === undefined ? [] : ['content-type', 'text/plain; charset=utf-8'],
      text ?? null,
    )
    allowOrigin(answer.headers, origin)
    describe(answer.headers, context, safelisted)
    if (options.privateNetwork && context.header('access-control-request-private-network') === 'true')
      answer.headers.set('access-control-allow-private-network', 'true')
    return answer
  }
  const finish = (answer: Answer, origin: string | undefined, tellsRefused: boolean): Answer => {
    if (namesOrigin) answer.headers.vary('Origin')
    if (origin === undefined) return answer
    const isOrigin = isAllowed(origin)
    if (isOrigin) allowOrigin(answer.headers, origin)
    else if (!tellsRefused) return answer
    else if (options.credentials) answer.headers.set('access-control-allow-credentials', 'true')
    if (exposed) answer.headers.set('access-control-expose-headers', exposed)
    return answer
  }
  return (context, next) => {
    const origin = context.header('origin')
    if (origin !== undefined && context.method === 'OPTIONS' && context.header('access-control-request-method'))
      return preflight(context, origin)
    const { tellsRefused } = preflightOf(context)
    const answer = next()
    return isPromise(answer)
      ? answer.then((whole) => finish(whole, origin, tellsRefused))
      : finish(answer, origin, tellsRefused)
  }
}

function preflightOf(context: MiddlewareContext): Preflight {
  // Every context is one; middleware is shown less of it.
  return (context as RequestContext)['~host'].routing.preflight
}

function originTest(origins: CorsOptions['origins']): (origin: string) => boolean {
  if (origins === '*') return () => true
  if (typeof origins === 'function') return origins
  const exact = new Set(origins.filter((origin) => typeof origin === 'string'))
  // A pattern has to fit the whole origin, so that `example\.com` does not let `example.com.evil.test` in.
  const patterns = origins
    .filter((origin) => origin instanceof RegExp)
    .map(({ source, flags }) => new RegExp(`^(?:${source})$`, flags.replace(/[gy]/g, '')))
  return (origin) => exact.has(origin) || patterns.some((pattern) => pattern.test(origin))
}

function refusedHeaders(wanted: string, allowed: readonly string[]): string[] {
  const names = new Set(allowed.map((name) => name.toLowerCase()))
  return wanted
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== '' && !names.has(name))
}

function refusal(
  code: 'origin_not_allowed' | 'preflight_refused',
  detail: string,
  { reasons, headers }: Pick<PreflightError, 'reasons'> & { readonly headers: Readonly<Record<string, string>> },
): PreflightError {
  return new PreflightError(code, detail, reasons, headers)
}
