import { isNamed } from './fields.ts'

/** Of a body whose length is not announced: it comes in chunks. */
export const inChunks = -1

/** Request line and headers of one request, which has been found to be well-formed. */
export class RequestHead {
  readonly method: string
  /** In origin form, or `*`. */
  readonly target: string
  /** The whole head, as latin1: one string, of which all others are slices. */
  readonly #text: string
  /** Four positions a field, as `readFields` gives them. */
  readonly #spans: readonly number[]
  readonly framing: Framing

  constructor(method: string, target: string, text: string, spans: readonly number[], framing: Framing) {
    this.method = method
    this.target = target
    this.#text = text
    this.#spans = spans
    this.framing = framing
  }

  /** One header by its lower-case name; repeated ones joined by `, `, cookies by `; ` (RFC 6265, section 5.4). */
  header(name: string): string | undefined {
    const text = this.#text
    const spans = this.#spans
    let found: string | undefined
    for (let index = 0; index < spans.length; index += 4) {
      if (!isNamed(text, spans[index] as number, spans[index + 1] as number, name)) continue
      const value = text.slice(spans[index + 2], spans[index + 3])
      found = found === undefined ? value : `${found}${name === 'cookie' ? '; ' : ', '}${value}`
    }
    return found
  }

  /** Name, value, name, value, as they came. */
  rawHeaders(): string[] {
    const raw: string[] = []
    const spans = this.#spans
    for (let index = 0; index < spans.length; index += 2) raw.push(this.#text.slice(spans[index], spans[index + 1]))
    return raw
  }
}

/** What the headers say of how the request ends and what comes after it. */
export interface Framing {
  /** In bytes; {@link inChunks} where it is not announced. */
  readonly bodyLength: number
  /** Whether the connection stays open after the answer (RFC 9112, section 9.3). */
  readonly keepsAlive: boolean
  /** Whether the client waits for `100 Continue` (RFC 9110, section 10.1.1). */
  readonly expectsContinue: boolean
  /** HTTP/1.0: it knows no chunks, and has to be told that the connection stays open. */
  readonly isOld: boolean
  /** Whether the client asks for another protocol (RFC 9110, section 7.8). */
  readonly asksForUpgrade: boolean
}
