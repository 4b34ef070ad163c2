import type { SessionData } from './formats/format.ts'
import { Tuple } from './formats/taggedJson.ts'

/** A message for the next page that the user sees. */
export interface FlashedMessage {
  readonly category: string
  readonly message: string
}

/** Where Flask keeps them, too. */
const flashesKey = '_flashes'

/**
 * What is remembered of one browser from request to request. The cookie is written only where something has changed,
 * and with the answer: what an answer in pieces changes after its first piece comes too late, and throws.
 *
 * @typeParam T what it holds; every key may be absent
 */
export class Session<T extends object = SessionData> {
  readonly #data: SessionData
  /** Whether the request came without one, or with one that is not valid. */
  readonly isNew: boolean
  #isModified = false
  #isRegenerated = false
  #isSealed = false

  constructor(data: SessionData, isNew: boolean) {
    this.#data = data
    this.isNew = isNew
  }

  /** All that it holds. What is changed in there is not seen: {@link set} it. */
  get data(): Readonly<Partial<T>> {
    // Whoever puts something in goes through the types of `set`, and what comes from a cookie through the schema.
    return this.#data as Partial<T>
  }

  get<K extends keyof T & string>(key: K): T[K] | undefined {
    return this.#data[key] as T[K] | undefined
  }

  has(key: keyof T & string): boolean {
    return key in this.#data
  }

  /** @throws {TypeError} after the answer has begun, as everything that changes it */
  set<K extends keyof T & string>(key: K, value: T[K]): this {
    this.touch()
    this.#data[key] = value
    return this
  }

  /** @returns whether there was such a key */
  delete(key: keyof T & string): boolean {
    if (!this.has(key)) return false
    this.touch()
    return delete this.#data[key]
  }

  /** Forgets everything; the cookie is deleted. */
  clear(): void {
    this.touch()
    for (const key of Object.keys(this.#data)) delete this.#data[key]
  }

  /** Has the cookie written though nothing has changed, so that its time begins anew. */
  touch(): void {
    if (this.#isSealed) throw new TypeError('The session was changed after the answer had begun: change it before')
    this.#isModified = true
  }

  /**
   * Gives it another id, and keeps what it holds. Call it whenever somebody signs in: an id that was planted into a
   * browser before then stays without rights (session fixation).
   */
  regenerate(): void {
    this.touch()
    this.#isRegenerated = true
  }

  /** Keeps a message for the next request that asks for {@link flashed}. */
  flash(message: string, category = 'message'): void {
    this.touch()
    const before = this.#data[flashesKey]
    this.#data[flashesKey] = [...(Array.isArray(before) ? before : []), Tuple.of(category, message)]
  }

  /** The messages that were kept, each told once. */
  flashed(): readonly FlashedMessage[] {
    const found = this.#data[flashesKey]
    if (!Array.isArray(found)) return []
    this.touch()
    delete this.#data[flashesKey]
    return found.map(([category, message]) => ({ category: String(category), message: String(message) }))
  }

  get '~isModified'(): boolean {
    return this.#isModified
  }

  get '~isRegenerated'(): boolean {
    return this.#isRegenerated
  }

  /** From now on nothing may change. */
  '~seal'(): SessionData {
    this.#isSealed = true
    return this.#data
  }
}
