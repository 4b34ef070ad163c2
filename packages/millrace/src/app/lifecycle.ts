import type { MountedApp } from '../compile/mount.ts'
import { AppScope } from '../depend/appScope.ts'
import { close, isGenerator } from '../depend/generator.ts'
import { codedError } from '../errors/codedError.ts'
import type { HttpError } from '../errors/HttpError.ts'
import { StartupError } from '../errors/StartupError.ts'
import type { Logger } from '../input/log.ts'
import type { Dependency } from '../plan/dependency.ts'
import type { Overrides } from '../plan/graph.ts'
import { Answer } from '../serve/answer.ts'
import { Closers, closeMs, type Grace } from './closers.ts'
import type { Events } from './events.ts'
import { InFlight } from './inFlight.ts'

/** Where an app stands. Only `ready` answers requests; `idle` becomes `ready` when the first one comes. */
export type State = 'idle' | 'starting' | 'ready' | 'stopping' | 'stopped'

/** Runs around the life of an app: what stands before its `yield` at start-up, what stands after at shutdown. */
export type Lifespan = () => AsyncGenerator<void, void, unknown> | Generator<void, void, unknown>

/** What is needed to start. */
export interface Start {
  readonly lifespans: readonly Lifespan[]
  readonly appDependencies: ReadonlySet<Dependency>
  readonly overrides: Overrides
  readonly mountedApps: readonly MountedApp[]
}

/** The connections by which requests come. */
export interface Connections {
  /** Waits for requests that may be on their way, once none is in flight. */
  settle(): Promise<void>
  /** Ends those that are still open when the grace is over. */
  cut(): void
}

/** After their signals are aborted, requests have this long to end before their connections are cut. */
const abortGraceMs = 1_000

/** The life of an app: start-up, the requests in flight, shutdown. */
export class Lifecycle {
  state: State = 'idle'
  /** Values of app-scoped dependencies while the app runs. */
  readonly appValues: Map<Dependency, unknown> = new Map()
  readonly inFlight: InFlight = new InFlight()
  readonly #log: Logger
  readonly #closers: Closers
  /** What is being opened. */
  #opening = ''
  readonly #shutdown = new AbortController()
  #lastOpen: Promise<void> = Promise.resolve()
  #starting: Promise<void> | undefined
  #stopping: Promise<void> | undefined
  readonly #events: Events

  constructor(log: Logger, events: Events) {
    this.#log = log
    this.#closers = new Closers(log)
    this.#events = events
  }

  /**
   * Runs the lifespans up to their yields, opens app-scoped dependencies, starts mounted apps. Once; later
   * calls wait for the first. One that has failed is taken back, and the next call tries anew.
   *
   * @throws {StartupError} `app_stopped`, and what start-up throws
   */
  start(prepare: () => Start): Promise<void> {
    if (this.#stopping) return Promise.reject(stopped())
    this.#starting ??= this.#start(prepare)
    return this.#starting
  }

  /** The command that the app has been started for, if it was not for requests. */
  startedFor: string | undefined

  /** As {@link start}, for a command alone; nothing where the app has been started. */
  async startFor(command: string, prepare: () => Start): Promise<void> {
    if (this.#starting && !this.#stopping) return this.#starting
    this.startedFor = command
    try {
      await this.start(prepare)
    } catch (error) {
      this.startedFor = undefined
      throw error
    }
  }

  /** Opens app-scoped dependencies, and what they need, that are not open yet; one call after another. */
  open(dependencies: ReadonlySet<Dependency>, overrides: Overrides): Promise<void> {
    const opened = this.#lastOpen.then(() => this.#open(dependencies, overrides))
    this.#lastOpen = opened.catch(() => undefined)
    return opened
  }

  async #open(dependencies: ReadonlySet<Dependency>, overrides: Overrides): Promise<void> {
    this.#opening = 'An app-scoped dependency'
    const scope = new AppScope({ log: this.#log, signal: this.#shutdown.signal }, this.appValues)
    await scope.open(dependencies, overrides)
    if (this.state === 'stopped') {
      await scope.close()
      throw stopped()
    }
    this.#closers.add({ name: 'The app-scoped dependencies', close: () => scope.close() })
    for (const [dependency, value] of scope.values) this.appValues.set(dependency, value)
  }

  async #start(prepare: () => Start): Promise<void> {
    this.state = 'starting'
    const startedAt = performance.now()
    try {
      const { lifespans, appDependencies, overrides, mountedApps } = prepare()
      const { signal } = this.#shutdown
      for (const lifespan of lifespans) {
        await this.#enter(lifespan)
        signal.throwIfAborted()
      }
      await this.#open(appDependencies, overrides)
      signal.throwIfAborted()
      for (const app of mountedApps) {
        this.#opening = 'A mounted app'
        const isOwn = app.state === 'idle'
        await app.start()
        const takeBack = isOwn ? () => app['~takeBack']() : undefined
        this.#closers.add({ name: 'A mounted app', close: (grace) => app.stop(grace), takeBack })
      }
      this.state = 'ready'
      this.#events.emit('start', { durationMs: performance.now() - startedAt })
    } catch (error) {
      await this.takeBack()
      throw error
    }
  }

  /** Closes what a start has opened, so that the next call tries anew: it failed, or that of the app around it did. */
  async takeBack(): Promise<void> {
    this.appValues.clear()
    if (this.#stopping) return await this.#closers.closeAll({ graceMs: 0 })
    await this.#closers.takeAllBack()
    if (this.#stopping) return
    this.state = 'idle'
    this.#starting = undefined
  }

  async #enter(lifespan: Lifespan): Promise<void> {
    const generator = lifespan()
    if (!isGenerator(generator)) throw new TypeError('app.lifespan() needs a generator function that yields once')
    const name = lifespan.name ? `The lifespan '${lifespan.name}'` : 'A lifespan'
    this.#opening = name
    const { done } = await generator.next()
    if (done) throw new TypeError('A lifespan ended without a yield: it has to yield once')
    this.#closers.add({ name, close: () => close(generator, 'lifespan') })
  }

  /**
   * Waits for the requests in flight and their work, aborts what is left when the grace has passed, then
   * closes mounted apps, app-scoped dependencies and lifespans, newest first. It does not wait for ever: what
   * has not come to its end some seconds after the grace is logged and left behind.
   *
   * @throws {Error} when something was left behind
   */
  stop({ graceMs }: Grace, connections: Connections): Promise<void> {
    this.#stopping ??= this.#stop(graceMs, connections)
    return this.#stopping
  }

  async #stop(graceMs: number, connections: Connections): Promise<void> {
    const startedAt = performance.now()
    // A start that is still under way is not worth finishing.
    if (this.state === 'starting') this.#shutdown.abort(codedError('stopping', 'The server is stopping'))
    if (this.#starting) await this.#closers.wait(graceMs + closeMs, this.#starting, () => this.#opening)
    this.state = 'stopping'
    const { inFlight } = this
    inFlight.drain()
    if (!(await inFlight.idleWithin(graceMs, () => connections.settle()))) {
      const reason = codedError('stopping', 'The server is stopping')
      inFlight.abort(reason)
      const isIdle = await inFlight.idleWithin(abortGraceMs)
      connections.cut()
      if (!isIdle && !(await inFlight.idleWithin(abortGraceMs))) this.#leaveBehind(reason)
    }
    // From here on what requests need is being closed, so none is answered any more.
    this.state = 'stopped'
    this.#shutdown.abort(codedError('stopping', 'The server is stopping'))
    await this.#closers.closeAll({ graceMs })
    this.#events.emit('stop', { durationMs: performance.now() - startedAt })
    const { hung } = this.#closers
    if (hung.length > 0) throw new Error(`The app was stopped before its end: ${hung.join(', ')}`)
  }

  #leaveBehind(reason: HttpError): void {
    const { contexts } = this.inFlight
    // The last may have ended just now.
    if (contexts.length === 0) return
    this.#log.warn('Requests were still running when the server stopped', { requests: contexts.length })
    for (const context of contexts) this.#events.leftBehind(context, new Answer(reason.status, [], null, reason))
  }
}

function stopped(): StartupError {
  return new StartupError('app_stopped', 'This app has been stopped and does not start again: use a copy, app.with({})')
}
