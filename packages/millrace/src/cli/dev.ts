import type { WorkerReady } from '../serve/clusterOptions.ts'
import { DevServer } from './DevServer.ts'
import { findEntry, shown } from './entry.ts'
import type { ServeOrder } from './listen.ts'
import type { ConnectionOptions } from './options.ts'
import { paint } from './paint.ts'
import { watchSources } from './watchSources.ts'

interface DevCommand extends ConnectionOptions {
  readonly entry: string | undefined
  readonly app?: string
  readonly host: string
  readonly port: number
  readonly version: string
  /** Whether requests are shown. */
  readonly accessLog: boolean
}

/** Requests that are still running are not worth a longer wait: the developer has just saved a file. */
const graceMs = 300
/** Nor is a browser that may be asking for something just now. */
const idleGraceMs = 0

/** Serves an app for development: a child process serves, this one watches and starts it anew. */
export async function dev({ entry, version, accessLog, ...options }: DevCommand): Promise<number> {
  let order: ServeOrder = {
    ...options,
    graceMs,
    idleGraceMs,
    entry: findEntry(entry),
    accessLog: accessLog ? 'terminal' : undefined,
  }
  const stopped = untilSignal()
  const watching = watchSources(order.entry)
  let server = new DevServer(order)
  let startedAt = performance.now()
  let hasServed = false
  try {
    const watcher = await watching
    for (;;) {
      const change = watcher.next()
      const outcome = await Promise.race([server.outcome, change, stopped])
      if (outcome === stop) return 0
      if (typeof outcome === 'object' && outcome.kind === 'ready') {
        if (hasServed) say(paint('green', `Ready in ${Math.round(performance.now() - startedAt)} ms`, process.stdout))
        else say(banner(order.entry, version, outcome))
        hasServed = true
        // Port 0 is taken once, so that the page in the browser can be loaded again.
        order = { ...order, port: outcome.port }
        void server.ended.then((how) => how && warn(`The server ${how}; waiting for a change`))
      } else if (typeof outcome === 'object' && outcome.kind === 'failed') {
        warn(outcome.report)
        if (outcome.reason === 'address' && !hasServed) return 1
        warn(paint('dim', 'Waiting for a change', process.stderr))
      } else if (typeof outcome === 'object')
        warn(`The server ${outcome.how} before it was ready; waiting for a change`)

      const next = await Promise.race([change, stopped])
      if (next === stop) return 0
      say(paint('dim', `${shown(next)} changed`, process.stdout))
      await server.stop()
      startedAt = performance.now()
      server = new DevServer(order)
    }
  } finally {
    await Promise.all([server.stop(), watching.then((watcher) => watcher.close())])
  }
}

const stop = Symbol('stop')

/** Resolves with the first SIGINT or SIGTERM; a second one ends the process, and its child with it. */
function untilSignal(): Promise<typeof stop> {
  let hasCome = false
  return new Promise((resolve) => {
    const onSignal = (signal: NodeJS.Signals) => {
      if (hasCome) process.exit(signal === 'SIGINT' ? 130 : 143)
      hasCome = true
      resolve(stop)
    }
    process.on('SIGINT', onSignal)
    process.on('SIGTERM', onSignal)
  })
}

function banner(entry: string, version: string, { url, docsUrl }: WorkerReady): string {
  const lines = [
    `${paint('bold', `Millrace ${version}`, process.stdout)} serves ${shown(entry)} for development`,
    '',
    `  App   ${paint('cyan', url, process.stdout)}`,
    ...(docsUrl === undefined ? [] : [`  Docs  ${paint('cyan', docsUrl, process.stdout)}`]),
    '',
    paint('dim', 'Starts anew after each change. Ctrl-C stops.', process.stdout),
  ]
  return `\n${lines.join('\n')}\n`
}

function say(text: string): void {
  process.stdout.write(`${text}\n`)
}

function warn(text: string): void {
  process.stderr.write(`${text}\n`)
}
