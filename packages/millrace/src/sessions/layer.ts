import type { StandardSchemaV1 } from '@standard-schema/spec'
import type { Validate } from '../check/validator.ts'
import type { InnerContext } from '../depend/context.ts'
import type { MiddlewareContext } from '../input/baseContext.ts'
import type { RequestContext } from '../input/context.ts'
import { Dependency } from '../plan/dependency.ts'
import type { Next } from '../run/middleware.ts'
import type { Answer } from '../serve/answer.ts'
import { isPromise, type MaybePromise } from '../serve/maybePromise.ts'
import { isTooLarge, type SessionCookie } from './cookie.ts'
import { dataOf, isEmpty, type SessionData } from './formats/format.ts'
import type { Keeper, Kept } from './keeper.ts'
import { Session } from './Session.ts'

interface LayerParts {
  readonly cookie: SessionCookie
  readonly keeper: Keeper
  readonly maxAgeSeconds: number
  readonly validate: Validate | undefined
  /** Whether the cookie outlives the browser; `undefined`: where the session says so. */
  readonly isPersistent: boolean | undefined
  readonly isRolling: boolean
}

/** The session of one request, if someone has asked for it. */
interface State {
  session: Session | undefined
  id: string | undefined
  isOver: boolean
}

/** Reads sessions when they are asked for, and writes them into the answer. */
export class SessionLayer {
  /** The session of a request, for who needs it. */
  readonly session: Dependency<Session>
  readonly #parts: LayerParts
  readonly #states: WeakMap<MiddlewareContext, State> = new WeakMap()

  constructor(parts: LayerParts) {
    this.#parts = parts
    this.session = new Dependency<Session>({
      make: (context: InnerContext) => this.#open(context['~outer']),
      scope: 'request',
      guard: false,
      inputs: { params: undefined, query: undefined, headers: undefined, cookies: undefined },
      deps: {},
      label: `session '${parts.cookie.name}'`,
    })
  }

  /** The middleware. */
  around(context: MiddlewareContext, next: Next): MaybePromise<Answer> {
    const state: State = { session: undefined, id: undefined, isOver: false }
    this.#states.set(context, state)
    const answer = next()
    return isPromise(answer)
      ? answer.then((whole) => this.#finish(whole, state, context))
      : this.#finish(answer, state, context)
  }

  #open(context: RequestContext): MaybePromise<Session> {
    const state = this.#states.get(context)
    if (!state) throw new TypeError('A session is asked for where no sessions() are in use: app.use() them')
    const value = context['~rawCookies'][this.#parts.cookie.name]
    const kept = value === undefined ? undefined : this.#parts.keeper.load(value)
    if (isPromise(kept)) return kept.then((found) => this.#check(found, state))
    return this.#check(kept, state)
  }

  #check(kept: Kept | undefined, state: State): MaybePromise<Session> {
    const { validate } = this.#parts
    if (!kept || !validate) return makeSession(kept, state)
    const accept = (result: StandardSchemaV1.Result<unknown>) => {
      if (result.issues) return makeSession(undefined, state)
      // What the schema does not know stays: another service may have put it there.
      return makeSession({ id: kept.id, data: Object.assign(kept.data, dataOf(result.value)) }, state)
    }
    const result = validate(withoutOwn(kept.data))
    return isPromise(result) ? result.then(accept) : accept(result)
  }

  #finish(answer: Answer, state: State, context: MiddlewareContext): MaybePromise<Answer> {
    state.isOver = true
    const { session, id } = state
    if (!session) return answer
    answer.headers.vary('Cookie')
    const data = session['~seal']()
    if (!session['~isModified'] && !(this.#parts.isRolling && !session.isNew)) return answer
    const { keeper, validate } = this.#parts
    const save = (result: StandardSchemaV1.Result<unknown> | undefined) => {
      if (result?.issues) throw misfit(result.issues)
      return keeper.save(data, id, session['~isRegenerated'])
    }
    const write = (value: string | undefined | null) =>
      value === null ? answer : this.#write(value, data, answer, context)
    const checked = isEmpty(data) ? undefined : validate?.(withoutOwn(keeper.asLoaded(data)))
    const saved = isPromise(checked) ? checked.then(save) : save(checked)
    return isPromise(saved) ? saved.then(write) : write(saved)
  }

  #write(value: string | undefined, data: SessionData, answer: Answer, context: MiddlewareContext): Answer {
    const { cookie, maxAgeSeconds, isPersistent = data['_permanent'] === true } = this.#parts
    const isSecure = context.scheme === 'https'
    if (value === undefined) {
      const isThere = (context as RequestContext)['~rawCookies'][cookie.name] !== undefined
      if (isThere) answer.headers.append('set-cookie', cookie.forget(isSecure))
      return answer
    }
    const header = cookie.set(value, isPersistent ? maxAgeSeconds : undefined, isSecure)
    if (isTooLarge(header))
      context.log.warn('The cookie of a session is larger than browsers keep: put less into it, or use a store', {
        cookie: cookie.name,
        bytes: Buffer.byteLength(header),
      })
    answer.headers.append('set-cookie', header)
    return answer
  }
}

/** What we and Flask keep in a session, which is not for a schema to know. */
function withoutOwn({ _flashes: _, _permanent: __, ...data }: SessionData): SessionData {
  return data
}

/** Its values may be secrets: only where they are is told. */
function misfit(issues: readonly StandardSchemaV1.Issue[]): TypeError {
  const paths = issues.map(({ path = [] }) => path.map((step) => String(typeof step === 'object' ? step.key : step)))
  return new TypeError(
    `The session does not fit its schema (${paths.map((path) => path.join('.')).join(', ')}): it would be empty at the next request. Keys that are not always there are optional`,
  )
}

function makeSession(kept: Kept | undefined, state: State): Session {
  const session = new Session(kept?.data ?? Object.create(null), kept === undefined)
  // A timeout has answered while the session was being read.
  if (state.isOver) session['~seal']()
  state.session = session
  state.id = kept?.id
  return session
}
