import { readFileSync } from 'node:fs'
import type { App } from '../app/app.ts'
import type { ListenOptions, Server } from '../app/listen.ts'
import { docsPlanOf } from '../describe/docsOptions.ts'
import type { StartsFirst } from '../serve/clusterOptions.ts'
import { CliError } from './CliError.ts'
import { logRequests } from './logRequests.ts'
import type { ConnectionOptions } from './options.ts'

/** How an app is to be served: what a command tells the process that serves. */
export interface ServeOrder extends ConnectionOptions, StartsFirst {
  /** Absolute path. */
  readonly entry: string
  /** Of the app's export. */
  readonly app?: string | undefined
  readonly host: string
  readonly port: number
  /** In place of both: the path of a Unix socket, and the mode of its file. */
  readonly unix?: string | undefined
  readonly unixMode?: number | undefined
  /** In place of all of them: a socket that is open already. */
  readonly fd?: number | undefined
  readonly graceMs: number
  /** Default: that of `app.listen`. */
  readonly idleGraceMs?: number | undefined
  /** Where requests are logged, unless the app does that itself: on the terminal, or by the app's logger. */
  readonly accessLog?: 'terminal' | 'logger' | undefined
}

/** An app that listens, and what to tell of it. */
export interface Served {
  readonly server: Server
  readonly url: string
  readonly docsUrl: string | undefined
}

/** Listens. @throws {CliError} when the address cannot be listened on, and whatever the app throws at start-up */
export async function listen(app: App, order: ServeOrder, { signals }: { signals: boolean }): Promise<Served> {
  const { graceMs, idleGraceMs, transport, backlog } = order
  const tls = tlsOf(order)
  if (order.accessLog) logRequests(app, order.accessLog)
  const server = await app
    .listen({
      ...addressOf(order),
      graceMs,
      signals,
      ...(idleGraceMs !== undefined && { idleGraceMs }),
      ...(tls && { tls }),
      ...(transport && { transport }),
      ...(backlog !== undefined && { backlog }),
    })
    .catch((error: NodeJS.ErrnoException) => {
      throw explain(error, order) ?? error
    })
  // These stand for every address of the machine; a browser wants one.
  const isEvery = server.host === '0.0.0.0' || server.host === '::'
  const url = isEvery ? `${tls ? 'https' : 'http'}://localhost:${server.port}` : server.url
  const docsPath = server.path === undefined ? docsPathOf(app) : undefined
  return { server, url, docsUrl: docsPath === undefined ? undefined : url + docsPath }
}

function addressOf({ host, port, unix, unixMode, fd }: ServeOrder): ListenOptions {
  if (unix !== undefined) return { path: unix, ...(unixMode !== undefined && { mode: unixMode }) }
  return fd === undefined ? { host, port } : { fd }
}

function tlsOf({ tlsKey, tlsCert }: ServeOrder): { readonly key: Buffer; readonly cert: Buffer } | undefined {
  // The command line takes both or none.
  if (tlsKey === undefined || tlsCert === undefined) return undefined
  return {
    key: readPem('--tls-key', tlsKey, 'PRIVATE KEY'),
    cert: readPem('--tls-cert', tlsCert, 'CERTIFICATE'),
  }
}

/** @param label what it holds (RFC 7468), perhaps with more before it: `EC PRIVATE KEY` */
function readPem(option: string, file: string, label: string): Buffer {
  let bytes: Buffer
  try {
    bytes = readFileSync(file)
  } catch (error) {
    throw new CliError('address', `The file of ${option} cannot be read: ${(error as Error).message}`)
  }
  if (bytes.includes(`${label}-----`)) return bytes
  throw new CliError('address', `The file of ${option}, ${file}, holds no ${label} in PEM.`)
}

function explain({ code, syscall }: NodeJS.ErrnoException, order: ServeOrder): CliError | undefined {
  const { host, port, unix, fd } = order
  if (syscall !== 'listen' && syscall !== 'bind' && syscall !== 'getaddrinfo' && syscall !== 'chmod') return undefined
  if (unix !== undefined) return explainPath(code, unix)
  if (fd !== undefined) return new CliError('address', `File descriptor ${fd} is no socket to listen on (${code}).`)
  if (code === 'EADDRINUSE')
    return new CliError(
      'address',
      `Port ${port} of ${host} is in use. Stop what uses it, or choose another with --port (0 takes a free one).\n` +
        'If the entry calls app.listen() by itself, let it do so only where import.meta.main is true.',
    )
  if (code === 'EACCES')
    return new CliError('address', `This user may not listen on port ${port}. Choose one above 1023 with --port.`)
  return new CliError(
    'address',
    `${host} is no address of this machine to listen on (${code}). Choose another with --host.`,
  )
}

function explainPath(code: string | undefined, path: string): CliError {
  if (code === 'EADDRINUSE')
    return new CliError(
      'address',
      `${path} is in use by another process, or is no socket. Stop that, or choose another path with --unix.`,
    )
  return new CliError(
    'address',
    `A socket cannot be made at ${path} (${code}): its folder has to be there and to let this user write, and the path may have about 100 bytes.`,
  )
}

function docsPathOf(app: App): string | undefined {
  const { swagger, redoc } = docsPlanOf(app['~options'].docs)
  return (swagger ?? redoc)?.path
}
