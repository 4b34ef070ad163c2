import cluster from 'node:cluster'
import { type AddressInfo, createServer } from 'node:net'
import type { ClusterOptions, WorkerMessage } from './clusterOptions.ts'
import { closeUntaken } from './handedOver.ts'
import { removeStale } from './unixSocket.ts'
import { newSlot, noWorker, type WorkerSlot } from './workerSlot.ts'

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
 * stop them all, a second signal kills them. SIGHUP starts all of them anew, one after another.
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

class Primary {
  readonly #options: ClusterOptions
  readonly #slots: WorkerSlot[]
  /** Those that have a worker: besides the places also one that is to take the place of another, or has lost it. */
  readonly #alive: Set<WorkerSlot> = new Set()
  readonly #order: object
  readonly #ended = Promise.withResolvers<number>()
  readonly #ready = Promise.withResolvers<void>()
  #lastReload: Promise<void> = this.#ready.promise
  #hasBeenReady = false
  #lastSummary = ''
  #isStopping = false
  #exitCode = 0

  constructor(options: ClusterOptions, order: object) {
    this.#options = options
    this.#order = order
    this.#slots = Array.from({ length: options.workers }, newSlot)
  }

  run(): Promise<number> {
    const { program, execArgv } = this.#options
    // 'advanced' carries typed arrays, Dates and Maps whole.
    cluster.setupPrimary({ exec: program, execArgv: [...execArgv], args: [], serialization: 'advanced' })
    process.on('SIGTERM', this.#onSignal)
    process.on('SIGINT', this.#onSignal)
    // Of a terminal it is the end.
    if (!process.stdout.isTTY) process.on('SIGHUP', this.#onReload)
    for (const slot of this.#slots) this.#fork(slot)
    return this.#ended.promise
  }

  #fork(slot: WorkerSlot): void {
    const worker = cluster.fork({ ...this.#options.env })
    closeUntaken(worker)
    Object.assign(slot, noWorker, { worker, restart: undefined })
    this.#alive.add(slot)
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

  #onMessage(slot: WorkerSlot, message: WorkerMessage): void {
    if (message.kind === 'waiting') return this.#giveOrder(slot)
    if (message.kind === 'failed') {
      slot.hasFailed = true
      // Workers that fail alike need to be told of once.
      if (message.summary !== this.#lastSummary) this.#options.onReport(message.report)
      this.#lastSummary = message.summary
      if (message.reason !== 'app' && !this.#hasBeenReady) this.#giveUp()
      return
    }
    if (message.kind !== 'ready') return
    Object.assign(slot, { isListening: true, readyAt: performance.now(), failedStarts: 0 })
    slot.begun.resolve()
    this.#lastSummary = ''
    if (this.#hasBeenReady || this.#isStopping || this.#slots.some(({ readyAt }) => readyAt === undefined)) return
    this.#hasBeenReady = true
    this.#ready.resolve()
    this.#options.onReady(message)
  }

  #giveOrder(slot: WorkerSlot): void {
    slot.isWaiting = true
    if (this.#isStopping || slot.isRetired) return void slot.worker?.send({ kind: 'stop' }, () => undefined)
    // Where nobody else is there to answer, clients had better be told that this one starts than be refused.
    const startsFirst = [...this.#alive].some(({ isListening, isRetired }) => isListening && !isRetired)
    slot.isListening = !startsFirst
    slot.worker?.send({ kind: 'serve', order: { ...this.#order, startsFirst } }, () => undefined)
  }

  #onExit(slot: WorkerSlot, code: number | null, signal: string | null): void {
    const { worker, readyAt, hasFailed } = slot
    Object.assign(slot, noWorker)
    this.#alive.delete(slot)
    slot.begun.resolve()
    if (this.#isStopping) {
      // That one does not start which nobody needs any more is no fault of the stop.
      if (code !== 0 && !hasFailed) this.#exitCode ||= 1
      return this.#endIfAlone()
    }
    // One that was to take the place of another gets no further try.
    if (!this.#slots.includes(slot)) return
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

  /** One that comes while another is under way is for what has changed since. */
  readonly #onReload = (): void => {
    this.#lastReload = this.#lastReload.then(() => this.#reload())
  }

  /** Puts a new worker into each place: the old one stops when the new one serves. */
  async #reload(): Promise<void> {
    this.#lastSummary = ''
    for (const [index, old] of this.#slots.entries()) {
      if (this.#isStopping) return
      const next = newSlot()
      this.#fork(next)
      await next.begun.promise
      if (this.#isStopping) return
      if (next.readyAt === undefined)
        return this.#options.onReport(
          'The restart was given up, since a new worker does not start; the others serve on',
        )
      this.#slots[index] = next
      await this.#retire(old)
    }
    if (!this.#isStopping) this.#options.onReport('All workers have been started anew')
  }

  async #retire(slot: WorkerSlot): Promise<void> {
    slot.isRetired = true
    clearTimeout(slot.restart)
    const { worker, isWaiting } = slot
    if (!worker) return
    const gone = new Promise((resolve) => worker.once('exit', resolve))
    // As in `stop`: one that does not wait for orders yet gets this one when it does.
    if (isWaiting && worker.isConnected()) worker.send({ kind: 'stop' }, () => undefined)
    const timer = setTimeout(() => worker.process.kill('SIGKILL'), this.#options.graceMs + closeMs)
    await gone
    clearTimeout(timer)
  }

  #giveUp(): void {
    this.#exitCode = 1
    if (!this.#isStopping) this.#stop()
  }

  #stop(): void {
    this.#isStopping = true
    for (const { restart } of this.#slots) clearTimeout(restart)
    for (const { worker, isWaiting } of this.#alive) {
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
    for (const { worker } of this.#alive) worker?.process.kill('SIGKILL')
  }

  #endIfAlone(): void {
    if (this.#alive.size > 0) return
    process.off('SIGTERM', this.#onSignal)
    process.off('SIGINT', this.#onSignal)
    process.off('SIGHUP', this.#onReload)
    this.#ended.resolve(this.#exitCode)
  }
}
