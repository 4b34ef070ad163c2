/** One event of an event stream. */
export interface ServerSentEvent {
  /** Empty where the stream names none. */
  readonly event: string
  readonly data: string
  /** The last id that the stream has told; empty where it has told none. */
  readonly id: string
}

/** Reads an event stream (WHATWG HTML, section 9.2.6), in pieces of any size. */
export class SseParser {
  #rest = ''
  #event = ''
  #data: string[] = []
  #id = ''
  #isFirst = true
  #skipsLineFeed = false

  /** The events that a further piece of text completes. */
  push(piece: string): ServerSentEvent[] {
    const events: ServerSentEvent[] = []
    let text = this.#rest + piece
    if (this.#isFirst && text !== '') {
      this.#isFirst = false
      if (text.startsWith('\ufeff')) text = text.slice(1)
    }
    let start = 0
    if (this.#skipsLineFeed && text !== '') {
      this.#skipsLineFeed = false
      if (text.startsWith('\n')) start = 1
    }
    // What was left over has no line end, so only the new piece is searched.
    const lineEnd = /\r\n|\r|\n/g
    lineEnd.lastIndex = Math.max(start, this.#rest.length)
    for (let match = lineEnd.exec(text); match; match = lineEnd.exec(text)) {
      const event = this.#line(text.slice(start, match.index))
      if (event) events.push(event)
      start = lineEnd.lastIndex
      // A line feed that follows in the next piece belongs to this line end.
      if (match[0] === '\r' && start === text.length) this.#skipsLineFeed = true
    }
    this.#rest = text.slice(start)
    return events
  }

  #line(line: string): ServerSentEvent | undefined {
    if (line === '') return this.#dispatch()
    const colon = line.indexOf(':')
    if (colon === 0) return undefined
    const field = colon < 0 ? line : line.slice(0, colon)
    const value = colon < 0 ? '' : line.slice(line[colon + 1] === ' ' ? colon + 2 : colon + 1)
    if (field === 'event') this.#event = value
    else if (field === 'data') this.#data.push(value)
    else if (field === 'id' && !value.includes('\0')) this.#id = value
    return undefined
  }

  #dispatch(): ServerSentEvent | undefined {
    const event = { event: this.#event, data: this.#data.join('\n'), id: this.#id }
    const isEmpty = this.#data.length === 0
    this.#event = ''
    this.#data = []
    return isEmpty ? undefined : event
  }
}
