import type { App } from '../app/app.ts'
import { writeEntriesBy } from '../input/log.ts'
import type { WorkerMessage } from '../serve/clusterOptions.ts'
import { leaveCluster } from '../serve/leaveCluster.ts'
import { CliError } from './CliError.ts'
import { writeCompiled } from './compileCache.ts'
import { describeError } from './errorReport.ts'
import { listen, type ServeOrder } from './listen.ts'
import { loadApp } from './loadApp.ts'
import { showEntry } from './showEntry.ts'

/** The program that serves on behalf of `millrace dev` and of `millrace start --workers`. */

let app: App | undefined
let stopServing: (() => Promise<void>) | undefined
let isStopping = false
let graceMs = 0

async function serve(order: ServeOrder): Promise<void> {
  graceMs = order.graceMs
  try {
    app = await loadApp(order.entry, order.app)
    if (order.startsFirst) await app.start()
    if (isStopping) return
    const served = await listen(app, order, { signals: false })
    stopServing = served.server['~stop']
    if (isStopping) return
    tell({ kind: 'ready', port: served.server.port, url: served.url, docsUrl: served.docsUrl })
    writeCompiled()
  } catch (error) {
    if (isStopping) return
    // One that has started first and then could not listen has things open.
    if (app?.state === 'ready') await app.stop({ graceMs: 0 }).catch(() => undefined)
    const report = describeError(error, { entry: order.entry, app })
    tell({ kind: 'failed', report, summary: String(error), reason: reasonOf(error) }, () => process.exit(1))
  }
}

function reasonOf(error: unknown): Extract<WorkerMessage, { kind: 'failed' }>['reason'] {
  if (error instanceof CliError && error.reason !== 'usage') return error.reason
  // How the app is put together is no better at the next try. By its name: the app may have a Millrace of its own.
  return error instanceof Error && error.name === 'StartupError' ? 'entry' : 'app'
}

function tell(message: WorkerMessage, then?: () => void): void {
  // Without a channel the parent has gone, and `stop` is under way.
  process.send?.(message, undefined, undefined, then)
}

async function stop(): Promise<void> {
  if (isStopping) return
  isStopping = true
  try {
    await (stopServing ? stopServing() : app?.stop({ graceMs }))
    await leaveCluster()
    process.exit(0)
  } catch {
    // What did not end in time has been logged.
    process.exit(1)
  }
}

// Somebody reads along, and no machine.
if (process.env['MILLRACE_ENV'] === 'development') writeEntriesBy(showEntry)
process.on('message', (message: { kind: 'serve'; order: ServeOrder } | { kind: 'stop' }) => {
  if (message.kind === 'serve') void serve(message.order)
  else if (message.kind === 'stop') void stop()
})
// Never outlives its parent.
process.on('disconnect', () => void stop())
process.on('SIGTERM', () => void stop())
// Ctrl-C in a terminal reaches the parent too, which then says when to stop.
process.on('SIGINT', () => undefined)
// A message that came before there was a listener would be lost.
tell({ kind: 'waiting' })
