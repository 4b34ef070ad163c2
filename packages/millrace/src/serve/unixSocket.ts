import type { BigIntStats } from 'node:fs'
import { connect, type Server, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { nodeFsPromises } from '../nodeModules.ts'

/** Connections that have come by a Unix socket. */
const unixPeers = new WeakSet<Duplex>()

/** Remembers of each connection of a server how it has come: afterwards nothing tells it from one that has been lost. */
export function markUnixPeers(server: Server): void {
  const mark = (socket: Socket) => void unixPeers.add(socket)
  // Before those who take the connection on, who may look at once.
  server.prependListener('connection', mark).prependListener('secureConnection', mark)
}

/** Remembers it of the socket that a connection is moved to. */
export function markAlike(socket: Duplex, accepted: Duplex): void {
  if (unixPeers.has(accepted)) unixPeers.add(socket)
}

/** Whether a connection has come by a Unix socket, from this machine, and so has no address. */
export function isUnixPeer(socket: Duplex): boolean {
  return unixPeers.has(socket)
}

/**
 * Removes the file of a socket that nobody listens on any more: of a process that was killed.
 *
 * @returns whether the path is free now; not where someone listens, or something else than a socket is there
 */
export async function removeStale(path: string): Promise<boolean> {
  // Windows and the abstract names of Linux have no files.
  if (!path.startsWith('/') && (process.platform === 'win32' || path.startsWith('\0'))) return false
  const file = await fileAt(path)
  if (file === undefined) return true
  if (!file.isSocket() || !(await isRefused(path))) return false
  // Another start may have been faster, and listens there by now.
  const { ino, ctimeNs } = (await fileAt(path)) ?? {}
  if (ino === file.ino && ctimeNs === file.ctimeNs) await nodeFsPromises().unlink(path).catch(unlessGone)
  return true
}

/**
 * Makes a file with no more rights than a mode gives, at no time: by the mask of the process. One of several processes
 * does not make it itself, and a thread has no mask: there {@link setMode} comes a moment later.
 */
export function withFileMode(mode: number, make: () => void): void {
  if (!process.getBuiltinModule('node:worker_threads').isMainThread) return make()
  const before = process.umask(0o777 & ~mode)
  try {
    make()
  } finally {
    process.umask(before)
  }
}

/** Who may connect: whoever may write to the file. */
export async function setMode(path: string, mode: number): Promise<void> {
  if (path.startsWith('\0') || process.platform === 'win32') return
  await nodeFsPromises().chmod(path, mode)
}

async function fileAt(path: string): Promise<BigIntStats | undefined> {
  return await nodeFsPromises().lstat(path, { bigint: true }).catch(unlessGone)
}

function isRefused(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path)
    socket.once('connect', () => {
      socket.destroy()
      resolve(false)
    })
    // Others, such as that the queue of the other process is full, tell that somebody is there.
    socket.once('error', ({ code }: NodeJS.ErrnoException) => resolve(code === 'ECONNREFUSED' || code === 'ENOENT'))
  })
}

function unlessGone(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error
}
