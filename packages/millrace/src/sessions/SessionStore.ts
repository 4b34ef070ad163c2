import type { SessionData } from './formats/format.ts'

/** Where sessions are kept on the server; the cookie then holds an id alone. */
export interface SessionStore {
  /** `undefined` for one that is not there or has expired. */
  get(id: string): SessionData | undefined | Promise<SessionData | undefined>
  /** @param maxAgeSeconds after which it may be forgotten; `Infinity` where `sessions()` says so */
  set(id: string, data: SessionData, maxAgeSeconds: number): void | Promise<void>
  delete(id: string): void | Promise<void>
}

/** Sessions in memory, gone with the process, and not shared with other processes. */
export class MemorySessionStore implements SessionStore {
  readonly #maxSessions: number
  /** In order of their last change. As text, so that nobody shares an object with another request. */
  readonly #sessions: Map<string, { readonly json: string; readonly expiresAt: number }> = new Map()

  /** @param options `maxSessions`: the oldest go first. Default 10,000 */
  constructor({ maxSessions = 10_000 }: { readonly maxSessions?: number } = {}) {
    this.#maxSessions = maxSessions
  }

  get(id: string): SessionData | undefined {
    const found = this.#sessions.get(id)
    if (!found) return undefined
    if (found.expiresAt > Date.now()) return JSON.parse(found.json) as SessionData
    this.#sessions.delete(id)
    return undefined
  }

  set(id: string, data: SessionData, maxAgeSeconds: number): void {
    this.#sessions.delete(id)
    this.#sessions.set(id, { json: JSON.stringify(data), expiresAt: Date.now() + maxAgeSeconds * 1000 })
    for (const oldest of this.#sessions.keys()) {
      if (this.#sessions.size <= this.#maxSessions) break
      this.#sessions.delete(oldest)
    }
  }

  delete(id: string): void {
    this.#sessions.delete(id)
  }
}
