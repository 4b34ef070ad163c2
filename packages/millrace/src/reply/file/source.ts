import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'

/** Bytes that can be read from any place. */
export interface ByteSource {
  readonly size: number
  /** When they were changed. */
  readonly lastModifiedMs: number | undefined
  /** Some of the bytes from `position` on: at least one, at most `maxBytes`. @throws when there are none any more */
  read(position: number, maxBytes: number): Promise<Uint8Array>
  close(): Promise<void>
}

// Without it, opening a named pipe would wait for somebody to write, and hold a thread until then. Windows has none.
const flags = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0)
const withoutLinks = flags | (constants.O_NOFOLLOW ?? 0)

/** The system's codes for a path at which no file can be. */
const missingCodes = ['ENOENT', 'ENOTDIR', 'EISDIR', 'ENAMETOOLONG', 'ELOOP', 'ENXIO']

/** Whether an error of the system means that there is no file at a path. */
export function isMissing(error: unknown): boolean {
  return missingCodes.includes((error as { code?: string } | null)?.code ?? '')
}

/**
 * Opens a file. Gives `undefined` where there is none.
 *
 * @param isReal its links have been resolved: one that stands there now has come since
 * @throws other errors of the system, such as `EACCES`
 */
export async function openFile(path: string | URL, isReal = false): Promise<OpenFile | undefined> {
  let handle: FileHandle
  try {
    handle = await open(path, isReal ? withoutLinks : flags)
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
  try {
    const stat = await handle.stat()
    if (stat.isFile()) return new OpenFile(handle, stat.size, stat.mtimeMs)
  } catch (error) {
    await handle.close()
    throw error
  }
  await handle.close()
  return undefined
}

/** A file on the disk, as large as it was when it was opened. */
export class OpenFile implements ByteSource {
  readonly size: number
  readonly lastModifiedMs: number
  readonly #handle: FileHandle
  #closed: Promise<void> | undefined = undefined

  constructor(handle: FileHandle, size: number, lastModifiedMs: number) {
    this.#handle = handle
    this.size = size
    this.lastModifiedMs = lastModifiedMs
  }

  async read(position: number, maxBytes: number): Promise<Uint8Array> {
    const buffer = Buffer.allocUnsafe(maxBytes)
    const { bytesRead } = await this.#handle.read(buffer, 0, maxBytes, position)
    if (bytesRead === 0) throw new Error(`The file has become shorter than the ${this.size} bytes that it had`)
    return bytesRead === maxBytes ? buffer : buffer.subarray(0, bytesRead)
  }

  close(): Promise<void> {
    this.#closed ??= this.#handle.close()
    return this.#closed
  }
}

/** Bytes in memory, or a `Blob`, which may be a file on the disk too. */
export class BlobSource implements ByteSource {
  readonly size: number
  readonly lastModifiedMs: number | undefined
  readonly #blob: Blob

  constructor(blob: Blob) {
    this.#blob = blob
    this.size = blob.size
    this.lastModifiedMs = blob instanceof File ? blob.lastModified : undefined
  }

  async read(position: number, maxBytes: number): Promise<Uint8Array> {
    const buffer = await this.#blob.slice(position, position + maxBytes).arrayBuffer()
    if (buffer.byteLength === 0) throw new Error(`The blob has become shorter than the ${this.size} bytes that it had`)
    return new Uint8Array(buffer)
  }

  async close(): Promise<void> {}
}

/** Bytes in memory. */
export class BytesSource implements ByteSource {
  readonly size: number
  readonly lastModifiedMs = undefined
  readonly bytes: Uint8Array

  constructor(bytes: Uint8Array) {
    this.bytes = bytes
    this.size = bytes.byteLength
  }

  async read(position: number, maxBytes: number): Promise<Uint8Array> {
    return this.bytes.subarray(position, position + maxBytes)
  }

  async close(): Promise<void> {}
}
