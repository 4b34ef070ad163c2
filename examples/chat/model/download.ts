import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { open, rename, rm, stat } from 'node:fs/promises'

/** Told how far a download is, in bytes. */
export type OnProgress = (done: number, total: number) => void

/**
 * Downloads a file. What has come is kept in `<path>.part`, so that the next try goes on from there; the file
 * itself is there only once it is whole.
 *
 * @throws when the server cannot be reached, answers otherwise than with the file, or what came is not `sha256`
 */
export async function download(url: string, path: string, sha256: string, onProgress: OnProgress): Promise<void> {
  const part = `${path}.part`
  let done = await stat(part).then(
    ({ size }) => size,
    () => 0,
  )
  // A server that cannot be reached says so at once; one that is silent has 15 seconds to begin.
  const beginning = new AbortController()
  const timer = setTimeout(() => beginning.abort(new Error('no answer within 15 s')), 15_000)
  const response = await fetch(url, {
    headers: done > 0 ? { range: `bytes=${done}-` } : {},
    signal: beginning.signal,
  }).finally(() => clearTimeout(timer))
  // 416: all of it is there already.
  if (response.status !== 416) {
    if (!response.ok || !response.body) throw new Error(`${response.status} ${response.statusText}`.trim())
    if (response.status !== 206) done = 0
    const total = done + Number(response.headers.get('content-length') ?? 0)
    const file = await open(part, done > 0 ? 'a' : 'w')
    try {
      for await (const chunk of response.body) {
        await file.write(chunk)
        done += chunk.length
        onProgress(done, total)
      }
    } finally {
      await file.close()
    }
  }
  await settle(part, path, sha256)
}

/** Gives a file its name once it is what it should be. @throws when it is not; it is removed then */
export async function settle(from: string, to: string, sha256: string): Promise<void> {
  const found = await checksum(from)
  if (found !== sha256) {
    await rm(from, { force: true })
    throw new Error(`What came has the checksum ${found}, not ${sha256}: it has been removed`)
  }
  await rename(from, to)
}

/** SHA-256, in hexadecimal. */
export async function checksum(path: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer)
  return hash.digest('hex')
}
