import { createHash, randomUUID } from 'node:crypto'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'

/** Vectors of an earlier start-up, so that only texts that have changed are embedded again. */
export class VectorCache {
  readonly #file: URL
  readonly #model: string
  readonly #vectors: ReadonlyMap<string, string>

  private constructor(file: URL, model: string, vectors: ReadonlyMap<string, string>) {
    this.#file = file
    this.#model = model
    this.#vectors = vectors
  }

  /** A file that is not there, cannot be read or is of another model makes an empty cache. */
  static async open(file: URL, model: string): Promise<VectorCache> {
    try {
      const stored = JSON.parse(await readFile(file, 'utf8')) as { model: string; vectors: [string, string][] }
      return new VectorCache(file, model, new Map(stored.model === model ? stored.vectors : []))
    } catch {
      return new VectorCache(file, model, new Map())
    }
  }

  get(text: string): Float32Array | undefined {
    const bytes = this.#vectors.get(keyOf(text))
    if (bytes === undefined) return undefined
    // A copy, because a Buffer may start at any byte and a Float32Array only at each fourth.
    return new Float32Array(new Uint8Array(Buffer.from(bytes, 'base64')).buffer)
  }

  /** Keeps these vectors and no others. Several processes may do so at once: each writes a whole file. */
  async save(vectors: ReadonlyMap<string, Float32Array>): Promise<void> {
    if (vectors.size === this.#vectors.size && vectors.keys().every((text) => this.#vectors.has(keyOf(text)))) return
    const entries = [...vectors].map(([text, vector]) => {
      const { buffer, byteOffset, byteLength } = vector
      return [keyOf(text), Buffer.from(buffer, byteOffset, byteLength).toString('base64')]
    })
    const draft = new URL(`${this.#file.href}.${randomUUID()}`)
    await mkdir(new URL('.', this.#file), { recursive: true })
    await writeFile(draft, JSON.stringify({ model: this.#model, vectors: entries }))
    await rename(draft, this.#file)
  }
}

function keyOf(text: string): string {
  return createHash('sha256').update(text).digest('base64url')
}
