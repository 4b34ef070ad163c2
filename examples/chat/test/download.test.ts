import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { download } from '../model/download.ts'

const content = Buffer.from(Array.from({ length: 200_000 }, (_, index) => index % 251))
const sha256 = createHash('sha256').update(content).digest('hex')
const ignore = () => undefined

let folder: string
let path: string
let url: string
/** The ranges that were asked for. */
let ranges: (string | undefined)[]
/** How many bytes the server sends before it hangs up. */
let cutAfter = Number.POSITIVE_INFINITY
let status = 200

const server = createServer((request, response) => {
  const { range } = request.headers
  ranges.push(range)
  if (status !== 200) return response.writeHead(status).end()
  const from = Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? 0)
  const rest = content.subarray(from)
  response.writeHead(range ? 206 : 200, { 'content-length': rest.length })
  if (cutAfter >= rest.length) response.end(rest)
  else response.write(rest.subarray(0, cutAfter), () => response.destroy())
})

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'chat-'))
  path = join(folder, 'model.gguf')
  ranges = []
  cutAfter = Number.POSITIVE_INFINITY
  status = 200
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/model`
})

afterEach(async () => {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
  await rm(folder, { recursive: true })
})

test('a download that is cut off goes on where it was', async () => {
  cutAfter = 120_000
  await expect(download(url, path, sha256, ignore)).rejects.toThrow()
  expect(existsSync(path)).toBe(false)
  const { size } = await stat(`${path}.part`)
  cutAfter = Number.POSITIVE_INFINITY
  const told: number[] = []
  await download(url, path, sha256, (done, total) => told.push(done, total))
  expect(ranges).toEqual([undefined, size > 0 ? `bytes=${size}-` : undefined])
  expect(told.slice(-2)).toEqual([content.length, content.length])
  expect((await readFile(path)).equals(content)).toBe(true)
  expect(existsSync(`${path}.part`)).toBe(false)
})

test('what is not the model is removed', async () => {
  await expect(download(url, path, '0'.repeat(64), ignore)).rejects.toThrow(
    `What came has the checksum ${sha256}, not ${'0'.repeat(64)}: it has been removed`,
  )
  expect(existsSync(path) || existsSync(`${path}.part`)).toBe(false)
})

test('a server that does not have it says so', async () => {
  status = 404
  await expect(download(url, path, sha256, ignore)).rejects.toThrow('404 Not Found')
  expect(existsSync(`${path}.part`)).toBe(false)
})
