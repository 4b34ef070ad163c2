import { runCluster } from '../serve/cluster.ts'
import type { ClusterOptions } from '../serve/clusterOptions.ts'
import { writeCompiled } from './compileCache.ts'
import { findEntry, shown } from './entry.ts'
import { describeError } from './errorReport.ts'
import { listen, type ServeOrder } from './listen.ts'
import { loadApp } from './loadApp.ts'
import type { ConnectionOptions } from './options.ts'
import { print } from './output.ts'
import { canImport, childFlags, childProgram } from './runtime.ts'

interface StartCommand extends ConnectionOptions {
  readonly entry: string | undefined
  readonly app?: string
  readonly host: string
  readonly port: number
  readonly unix?: string
  readonly unixMode?: number
  readonly fd?: number
  readonly workers: number
  readonly graceMs: number
  readonly accessLog?: boolean
}

/** Serves an app in production. Resolves with an exit code, or with none when the server runs in this process. */
export async function start({ workers, entry, accessLog, ...options }: StartCommand): Promise<number | undefined> {
  const order: ServeOrder = { ...options, entry: findEntry(entry), accessLog: accessLog ? 'logger' : undefined }
  // Where this process cannot import the entry, one worker can.
  if (workers > 1 || !canImport(order.entry)) return startCluster(order, workers)
  try {
    const app = await loadApp(order.entry, order.app)
    await announce(order, await listen(app, order, { signals: true }))
    writeCompiled()
    return undefined
  } catch (error) {
    process.stderr.write(`${describeError(error, { entry: order.entry })}\n`)
    return 1
  }
}

async function startCluster(order: ServeOrder, workers: number): Promise<number> {
  const models = canImport(order.entry) ? await modelHost(order) : undefined
  const code = await runCluster({
    workers,
    program: childProgram(),
    execArgv: childFlags(),
    graceMs: order.graceMs,
    host: order.host,
    port: order.port,
    path: order.unix,
    fd: order.fd,
    orderFor: (port) => ({ ...order, port }),
    ...models?.cluster,
    onReady: (ready) => void announce(order, ready, workers),
    onReport: (report) => void process.stderr.write(`${report}\n`),
  })
  await models?.close()
  return code
}

/** This process has the models for all workers; the app is imported here only if it has any. */
async function modelHost(order: ServeOrder): Promise<{ cluster: Partial<ClusterOptions>; close(): Promise<void> }> {
  const { ModelHost } = await import('../models/shared/host.ts')
  const { hostEnvironment } = await import('../models/shared/hostChannel.ts')
  const host = new ModelHost(async () => (await loadApp(order.entry, order.app)).plans)
  return {
    cluster: { env: hostEnvironment, onWorker: (peer) => host.serve(peer) },
    close: () => host.close(),
  }
}

function announce(
  { entry }: ServeOrder,
  { url, docsUrl }: { url: string; docsUrl: string | undefined },
  workers = 1,
): Promise<void> {
  const docs = docsUrl === undefined ? '' : `, docs at ${docsUrl}`
  const by = workers > 1 ? ` by ${workers} workers` : ''
  return print(`Millrace serves ${shown(entry)} at ${url}${docs}${by}\n`)
}
