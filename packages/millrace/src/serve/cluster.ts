import cluster, { type Worker } from 'node:cluster'
import { type AddressInfo, createServer } from 'node:net'
import { closeUntaken } from './handedOver.ts'
import { removeStale } from './unixSocket.ts'

/** What a worker tells the primary. */
export type WorkerMessage =
  | { /** Takes orders from now on. */ readonly kind: 'waiting' }
  | {
      readonly kind: 'ready'
      /** The one it listens on, where 0 was asked for. */
      readonly port: number
      readonly url: string
      readonly docsUrl: string | undefined
    }
  | {
      readonly kind: 'failed'
      /** For a developer to read. */
      readonly report: string
      /** What is at fault. Only an app may do better at the next try: a database that it needs may be up by then. */
      readonly reason: 'app' | 'entry' | 'address'
    }

/** What a worker tells once it serves. */
export type WorkerReady = Extract<WorkerMessage, { kind: 'ready' }>

export interface ClusterOptions {
  readonly workers: number
  /**
   * What each worker runs. It says that it is `waiting`, is sent `{ kind: 'serve', order }` and later
   * `{ kind: 'stop' }`; it says when it is `ready` or has `failed`, and ends by itself when it has stopped.
   */
  readonly program: string
  readonly execArgv: readonly string[]
  readonly host: string
  /** 0 takes a free one, the same for all workers. */
  readonly port: number
  /** In place of both: a Unix socket. */
  readonly path?: string | undefined
  /** In place of all of them: a socket that has been opened for this process. */
  readonly fd?: number | undefined
  /** What a worker is told to serve. @param port 0 only where it is not listened on */
  readonly orderFor: (port: number) => object
  /** For the requests of a worker to end at shutdown, in milliseconds. */
  readonly graceMs: number
  /** Added to the environment of each worker. */
  readonly env?: Readonly<Record<string, string>>
  /** Called with each worker when it is started, to answer what it asks besides. */
  readonly onWorker?: (peer: WorkerPeer) => void
  /** Called once, when all workers are ready. */
  readonly onReady: (first: WorkerReady) => void
  /** Called with lines for the log. */
  readonly onReport: (report: string) => void
}

/** A worker, for what it has to say besides {@link WorkerMessage}. */
export interface WorkerPeer {
  /** Says something; a worker that has gone is not told. */
  send(message: object): void
  onMessage(listener: (message: unknown) => void): void
  onGone(listener: () => void): void
}

/** Between a crash and the next start: the first, doubled with each crash in a row, up to the second. */
const [backoffMs, maxBackoffMs] = [100, 5_000]
/** A worker that has lived this long has not crashed in a row with the last one. */
const stableMs = 10_000
/** After so many failed starts in a row, while no other worker serves either, there is nothing to wait for. */
const maxFailedStarts = 5
/** Beyond the grace period, for what the app closes at its end. */
const closeMs = 5_000

/**
 * Serves by several processes that share a port, and starts one anew when it ends unasked. SIGTERM and SIGINT
 * stop them all, a second signal kills them.
 *
 * @returns the exit code for this process, when the last worker has ended
 */
export async function runCluster(options: ClusterOptions): Promise<number> {
  const { path, fd, host } = options
  // No worker could tell the file of those before it from that of the first of them.
  if (path !== undefined) await removeStale(path)
  const isAtPort = path === undefined && fd === undefined
  const port = isAtPort && options.port === 0 ? await freePort(host) : options.port
  return await new Primary(options, options.orderFor(port)).run()
}

/** Were each worker to ask for port 0, one that comes after all others have crashed would get another port. */
async function freePort(host: string): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen({ host, port: 0 }, resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

/** The place of one worker, and of those that come after it. */
interface Slot {
  worker: Worker | undefined
  isWaiting: boolean
  readyAt: number | undefined
  crashes: number
  failedStarts: number
  restart: NodeJS.Timeout | undefined
}

class Primary {
  readonly #options: ClusterOptions
  readonly #slots: readonly Slot[]
  readonly #order: object
  readonly #ended = Promise.withResolvers<number>()
  #hasBeenReady = false
  #lastReport = ''
  #isStopping = false
  #exitCode = 0

  constructor(options: ClusterOptions, order: object) {
    this.#options = options
    this.#order = order
    this.#slots = Array.from({ length: options.workers }, () => ({
      worker: undefined,
      isWaiting: false,
      readyAt: undefined,
      crashes: 0,
      failedStarts: 0,
      restart: undefined,
    }))
  }

  run(): Promise<number> {
    const { program, execArgv } = this.#options
    // 'advanced' carries typed arrays, Dates and Maps whole.
    cluster.setupPrimary({ exec: program, execArgv: [...execArgv], args: [], serialization: 'advanced' })
    process.on('SIGTERM', this.#onSignal)
    process.on('SIGINT', this.#onSignal)
    for (const slot of this.#slots) this.#fork(slot)
    return this.#ended.promise
  }

  #fork(slot: Slot): void {
    const worker = cluster.fork({ ...this.#options.env })
    closeUntaken(worker)
    Object.assign(slot, { worker, isWaiting: false, readyAt: undefined, restart: undefined })
    worker.on('message', (message: WorkerMessage) => this.#onMessage(slot, message))
    // A worker that has died cannot be told anything; `exit` says so.
    worker.on('error', () => undefined)
    worker.on('exit', (code, signal) => this.#onExit(slot, code, signal))
    this.#options.onWorker?.({
      send: (message) => void (worker.isConnected() && worker.send(message, () => undefined)),
      onMessage: (listener) => void worker.on('message', listener),
      onGone: (listener) => void worker.on('exit', listener),
    })
  }

  #onMessage(slot: Slot, message: WorkerMessage): void {
    if (message.kind === 'waiting') {
      slot.isWaiting = true
      slot.worker?.send({ kind: this.#isStopping ? 'stop' : 'serve', order: this.#order }, () => undefined)
      return
    }
    if (message.kind === 'failed') {
      // Workers that fail alike need to be told of once.
      if (message.report !== this.#lastReport) this.#options.onReport(message.report)
      this.#lastReport = message.report
      if (message.reason !== 'app' && !this.#hasBeenReady) this.#giveUp()
      return
    }
    if (message.kind !== 'ready') return
    Object.assign(slot, { readyAt: performance.now(), failedStarts: 0 })
    this.#lastReport = ''
    if (this.#hasBeenReady || this.#isStopping || this.#slots.some(({ readyAt }) => readyAt === undefined)) return
    this.#hasBeenReady = true
    this.#options.onReady(message)
  }

  #onExit(slot: Slot, code: number | null, signal: string | null): void {
    const { worker, readyAt } = slot
    Object.assign(slot, { worker: undefined, readyAt: undefined })
    if (this.#isStopping) {
      if (code !== 0) this.#exitCode ||= 1
      return this.#endIfAlone()
    }
    const livedMs = readyAt === undefined ? 0 : performance.now() - readyAt
    slot.crashes = livedMs < stableMs ? slot.crashes + 1 : 1
    if (readyAt === undefined) slot.failedStarts += 1
    if (slot.failedStarts >= maxFailedStarts && this.#slots.every((other) => other.readyAt === undefined)) {
      this.#options.onReport(`No worker starts; gave up after ${slot.failedStarts} tries`)
      return this.#giveUp()
    }
    const delayMs = Math.min(maxBackoffMs, backoffMs * 2 ** (slot.crashes - 1))
    const how = signal ? `by ${signal}` : `with code ${code}`
    this.#options.onReport(`Worker ${worker?.process.pid} ended ${how}; another starts in ${delayMs} ms`)
    slot.restart = setTimeout(() => this.#fork(slot), delayMs)
  }

  readonly #onSignal = (signal: NodeJS.Signals): void => {
    if (!this.#isStopping) return this.#stop()
    this.#exitCode = signal === 'SIGINT' ? 130 : 143
    this.#killAll()
  }

  #giveUp(): void {
    this.#exitCode = 1
    if (!this.#isStopping) this.#stop()
  }

  #stop(): void {
    this.#isStopping = true
    for (const { worker, isWaiting, restart } of this.#slots) {
      clearTimeout(restart)
      // One that does not wait for orders yet gets this one when it does.
      if (isWaiting && worker?.isConnected()) worker.send({ kind: 'stop' }, () => undefined)
    }
    setTimeout(() => {
      this.#exitCode ||= 1
      this.#killAll()
    }, this.#options.graceMs + closeMs).unref()
    this.#endIfAlone()
  }

  #killAll(): void {
    for (const { worker } of this.#slots) worker?.process.kill('SIGKILL')
  }

  #endIfAlone(): void {
    if (this.#slots.some(({ worker }) => worker !== undefined)) return
    process.off('SIGTERM', this.#onSignal)
    process.off('SIGINT', this.#onSignal)
    this.#ended.resolve(this.#exitCode)
  }
}
