import { codedError } from '../errors/codedError.ts'
import type { HttpError } from '../errors/HttpError.ts'
import type { RequestContext } from '../input/context.ts'
import { wholePath } from '../input/wholePath.ts'
import { anyMethod, type Match, type Matcher } from '../match/matcher.ts'
import { otherSlash, type RoutingRules } from '../match/routingRules.ts'
import type { ErrorAnswerer } from '../run/errors.ts'
import type { Core } from '../run/middleware.ts'
import { Answer } from '../serve/answer.ts'
import type { MaybePromise } from '../serve/maybePromise.ts'

/** What answers are given in the middle of: the middleware and error handlers of some levels. */
export interface Place {
  readonly around: (core: Core) => Core
  readonly fromError: ErrorAnswerer
}

/** One route: its way, and its place for the answers that are given without the operation. */
export interface Route extends Place {
  readonly path: string
  readonly core: Core
  readonly maxBodyBytes: number
}

/** What there is at paths. */
export interface Stands {
  readonly matcher: Matcher<Route>
  /** Asked where no operation fits, whatever the method. */
  readonly mounted: Matcher<Route>
  /** Asked where nothing else stands, for GET and HEAD. */
  readonly frontends: Matcher<Route>
  /** Where nothing stands: of the router whose prefix it is. */
  readonly places: Matcher<Place>
  /** Of all other paths. */
  readonly everywhere: Place
  /** Paths that are answered before all others, for the methods of a path. */
  readonly direct: ReadonlyMap<string, Core>
  /** A path may have a WebSocket beside its other operations: which is meant, the request tells. */
  readonly sockets: Matcher<Route> | undefined
  readonly routing: RoutingRules
}

/** Compiles the way from a context to its answer: find the route, and answer what has none. */
export function compileDispatch(stands: Stands): Core {
  const { matcher, mounted, frontends, places, everywhere, direct, sockets, routing } = stands
  const redirectTo = compileRedirect(routing)

  const find = (method: string, path: string): Match<Route> | undefined =>
    matcher.find(method, path) ?? (routing.answersHead && method === 'HEAD' ? matcher.find('GET', path) : undefined)
  const refuse = ({ around, fromError }: Place, error: HttpError, context: RequestContext) =>
    around((inner) => fromError(error, inner))(context)
  const answerFrontend = (context: RequestContext) => {
    if (context.method !== 'GET' && context.method !== 'HEAD') return undefined
    const found = frontends.find('GET', context.path)
    return found && run(found, context)
  }
  const answerNowhere = (context: RequestContext) => {
    // Where only a WebSocket stands, it says so itself.
    const socket = sockets?.find('WS', context.path)
    if (socket) return run(socket, context)
    const place = places.find(anyMethod, context.path)?.value ?? everywhere
    if (routing.noSocketStatus === 403 && context['~exchange'].isUpgrade)
      return refuse(place, codedError('handshake_refused', `Nothing stands at ${wholePath(context)}`), context)
    return refuse(place, codedError('not_found', routing.notFound(wholePath(context))), context)
  }
  const answerSlash = (context: RequestContext) => {
    const other = routing.trailingSlash === 'strict' ? undefined : otherSlash(context.path)
    if (other === undefined) return undefined
    if (routing.trailingSlash === 'ignore') {
      const found = find(context.method, other)
      return found ? run(found, context) : answerMethods(matcher.methodsOf(other), other, context)
    }
    if (routing.redirectsTo === 'slashed' && !other.endsWith('/')) return undefined
    if (routing.redirectsMethod === 'answered' && !find(context.method, other)) return undefined
    const [method] = matcher.methodsOf(other)
    const neighbour = method === undefined ? undefined : matcher.find(method, other)?.value
    return neighbour?.around(() => redirectTo(other, context))(context)
  }
  /** Tells which methods a path answers, where it does not answer the one that is asked for; `undefined` where it answers none. */
  const answerMethods = (methods: readonly string[], path: string, context: RequestContext) => {
    if (methods.length === 0) return undefined
    // Whatever stands at this path lends its middleware, so that CORS headers are there.
    const neighbour = matcher.find(methods[0] as string, path)?.value
    const place = neighbour ?? everywhere
    context.route = neighbour?.path
    const allow = routing.allow(methods)
    if (context.method === 'OPTIONS' && routing.answersOptions)
      return place.around(() => new Answer(routing.optionsStatus, ['allow', allow], null))(context)
    const detail = routing.notAllowed(wholePath(context), context.method, allow)
    return refuse(place, codedError('method_not_allowed', detail, { headers: { allow } }), context)
  }
  const answerOther = (context: RequestContext) => {
    const { path, method } = context
    // RFC 9110, section 9.3.7: of the server, and of no path.
    if (path === '*' && method === 'OPTIONS' && routing.answersOptions)
      return everywhere.around(() => new Answer(routing.optionsStatus, [], null))(context)
    const mount = mounted.find(anyMethod, path)
    if (mount && routing.redirectsMounts && mount.params?.['below'] === undefined && !path.endsWith('/'))
      return mount.value.around(() => redirectTo(`${path}/`, context))(context)
    if (mount) return run(mount, context)
    const methods = [...matcher.methodsOf(path), ...(direct.has(path) ? ['GET'] : [])]
    return (
      answerMethods(methods, path, context) ?? answerSlash(context) ?? answerFrontend(context) ?? answerNowhere(context)
    )
  }
  const answer: Core = (context) => {
    const found = find(context.method, context.path)
    return found ? run(found, context) : answerOther(context)
  }
  if (!sockets) return answer
  return (context) => {
    const socket = context['~exchange'].isUpgrade ? sockets.find('WS', context.path) : undefined
    return socket ? run(socket, context) : answer(context)
  }
}

function run({ value, params }: Match<Route>, context: RequestContext): MaybePromise<Answer> {
  context.route = value.path
  context['~rawParams'] = params
  context['~maxBodyBytes'] = value.maxBodyBytes
  return value.core(context)
}

/** Redirects to the same path but for its last slash, its query kept. */
function compileRedirect({ trailingSlash, location }: RoutingRules): (path: string, context: RequestContext) => Answer {
  const status = trailingSlash === 'redirect308' ? 308 : 307
  return (path, context) => {
    // Clients take a backslash for a slash, and two at the start for the name of a host.
    const target = (context.basePath + path).replaceAll('\\', '%5C') + context['~search']
    const origin = location === 'absolute' && context.host !== undefined ? `${context.scheme}://${context.host}` : ''
    return new Answer(status, ['location', origin + target], null)
  }
}
