import type { MiddlewareContext } from '../input/baseContext.ts'
import type { RequestContext } from '../input/context.ts'
import type { Logger } from '../input/log.ts'
import type { Answer } from '../serve/answer.ts'
import { isPromise } from '../serve/maybePromise.ts'
import { Delivery, type Outcome } from './delivery.ts'

/** What happens in the life of an app, and what listeners are told of it. */
export interface AppEvents {
  /** The app is ready: lifespans and app-scoped dependencies are open. */
  start: { readonly durationMs: number }
  /** The app has stopped: all that it had opened is closed. */
  stop: { readonly durationMs: number }
  /** A request has come; nothing of it has been looked at. */
  'request:start': { readonly context: MiddlewareContext }
  /** Its answer is about to be sent, after all middleware. */
  'request:answer': { readonly context: MiddlewareContext; readonly answer: Answer }
  /** Its answer is sent, or cannot be: the client has left, or the body broke off. Of a WebSocket: it has ended. */
  'request:sent': {
    readonly context: MiddlewareContext
    readonly answer: Answer
    /** Of the body, as it was sent: compressed, where it was. */
    readonly bodyBytes: number
    readonly outcome: Outcome
    /** Since it came. */
    readonly durationMs: number
  }
  /** It is over: the answer is sent, the work after it is done, its dependencies are closed. */
  'request:end': {
    readonly context: MiddlewareContext
    readonly answer: Answer
    /** Since it came. */
    readonly durationMs: number
  }
  /** Something failed: an error was answered with a status of 500 or more, or a stream, the work after an answer or the cleanup of a dependency failed. */
  error: { readonly context: MiddlewareContext; readonly error: unknown }
}

/** Told of an event. What it returns is not waited for; what it throws is logged. */
export type Listener<E extends keyof AppEvents> = (event: AppEvents[E]) => unknown

type AnyListener = (event: never) => unknown

/** The listeners of an app. Without any, an event costs one look at {@link areWatched}. */
export class Events {
  readonly #log: Logger
  readonly #listeners = new Map<keyof AppEvents, Set<AnyListener>>()
  readonly #watched = new WeakMap<RequestContext, Watched>()
  /** Whether anyone listens to anything that happens to requests. */
  areWatched = false

  constructor(log: Logger) {
    this.#log = log
  }

  add<E extends keyof AppEvents>(event: E, listener: Listener<E>): () => void {
    const all = this.#listeners.get(event) ?? new Set()
    this.#listeners.set(event, all)
    all.add(listener)
    this.#look()
    return () => this.remove(event, listener)
  }

  remove<E extends keyof AppEvents>(event: E, listener: Listener<E>): void {
    this.#listeners.get(event)?.delete(listener)
    this.#look()
  }

  #look(): void {
    this.areWatched = [...this.#listeners].some(
      ([event, { size }]) => event !== 'start' && event !== 'stop' && size > 0,
    )
  }

  /** Those of another app as well. */
  addAll(other: Events): void {
    for (const [event, listeners] of other.#listeners) this.#listeners.set(event, new Set(listeners))
    this.#look()
  }

  emit<E extends keyof AppEvents>(event: E, told: AppEvents[E]): void {
    const listeners = this.#listeners.get(event)
    if (listeners) for (const listener of [...listeners]) this.#tell(event, listener as Listener<E>, told)
  }

  #tell<E extends keyof AppEvents>(event: E, listener: Listener<E>, told: AppEvents[E]): void {
    const failed = (error: unknown) => this.#log.error(`A listener of '${event}' failed`, { error })
    try {
      const result = listener(told)
      if (isPromise(result)) result.catch(failed)
    } catch (error) {
      failed(error)
    }
  }

  /** Called for each request if {@link areWatched}. */
  started(context: RequestContext): void {
    this.#watched.set(context, { startedAt: performance.now() })
    // Node forgets whose a connection was when it is gone, unless it has been asked before.
    if (this.#listeners.get('request:sent')?.size) void context['~exchange'].clientAddress
    this.emit('request:start', { context })
  }

  answered(context: RequestContext, answer: Answer): void {
    const watched = this.#watched.get(context)
    if (watched?.isLeftBehind) return
    if (answer.error !== undefined && answer.status >= 500) this.emit('error', { context, error: answer.error })
    this.emit('request:answer', { context, answer })
    if (watched) this.#deliver(watched, context, answer)
  }

  /** Another answer takes the place of one that cannot be sent. */
  replaced(context: RequestContext, answer: Answer, error: unknown): void {
    this.emit('error', { context, error })
    const watched = this.#watched.get(context)
    if (watched) this.#deliver(watched, context, answer)
  }

  #deliver(watched: Watched, context: RequestContext, answer: Answer): void {
    watched.answer = answer
    if (this.#listeners.get('request:sent')?.size) watched.delivery = new Delivery(context, answer)
  }

  sent(context: RequestContext, answer: Answer): void {
    const watched = this.#watched.get(context)
    // One that began before anyone listened has none.
    if (!watched?.delivery || watched.isLeftBehind) return
    const durationMs = performance.now() - watched.startedAt
    const { bodyBytes, outcome } = watched.delivery
    watched.delivery = undefined
    this.emit('request:sent', { context, answer, bodyBytes, outcome, durationMs })
  }

  ended(context: RequestContext, answer: Answer): void {
    const watched = this.#watched.get(context)
    if (watched && !watched.isLeftBehind)
      this.emit('request:end', { context, answer, durationMs: performance.now() - watched.startedAt })
  }

  /**
   * The app stops without waiting for a request any longer, whose connection is cut: what else becomes of it is not told.
   *
   * @param unanswered what it would have been told, where it has no answer yet
   */
  leftBehind(context: RequestContext, unanswered: Answer): void {
    const watched = this.#watched.get(context)
    if (!watched || watched.isLeftBehind) return
    if (!watched.answer) this.#deliver(watched, context, unanswered)
    const answer = watched.answer ?? unanswered
    this.sent(context, answer)
    this.ended(context, answer)
    watched.isLeftBehind = true
  }
}

/** What is known of a request that is watched. */
interface Watched {
  readonly startedAt: number
  answer?: Answer
  /** Until it is told how that ended. */
  delivery?: Delivery | undefined
  isLeftBehind?: boolean
}
