import { openAsBlob, rmSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { RequestContext } from '../context.ts'

/** Files of one request that are too large for memory, in a folder that nobody else may read. */
export class TemporaryFiles {
  readonly #context: RequestContext
  #folder: Promise<string> | undefined
  #count = 0

  constructor(context: RequestContext) {
    this.#context = context
  }

  /** Writes a file. What it returns reads it from there, and fails once the request is over. */
  async write(pieces: AsyncIterable<Uint8Array>, type: string): Promise<Blob> {
    this.#folder ??= this.#open()
    const path = join(await this.#folder, String(++this.#count))
    await writeFile(path, pieces, { flag: 'wx', mode: 0o600 })
    return await openAsBlob(path, { type })
  }

  /** Removed like a dependency of the request: when the work after the answer is over, or something has failed. */
  async #open(): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), 'millrace-upload-'))
    remember(folder)
    const generator = removed(folder)
    await generator.next()
    this.#context['~opened'] ??= []
    this.#context['~opened'].push({ label: 'temporary files', scope: 'request', generator })
    return folder
  }
}

async function* removed(folder: string): AsyncGenerator<void> {
  try {
    yield
  } finally {
    await rm(folder, { recursive: true, force: true })
    present.delete(folder)
  }
}

/** Folders that are there now. A process that ends takes them with it, unless it is killed. */
const present = new Set<string>()
let isWatching = false

function remember(folder: string): void {
  present.add(folder)
  if (isWatching) return
  isWatching = true
  process.on('exit', () => {
    for (const left of present) rmSync(left, { recursive: true, force: true })
  })
}
