/** What is wrong with a text that is not JSON, as CPython's `json` says it. */
export interface JsonFault {
  /** In code points, from the start of the text. */
  readonly position: number
  readonly message: string
}

/** Much deeper, and Python gives up as well. */
const maxDepth = 500

class Fault extends Error {
  readonly position: number

  constructor(message: string, position: number) {
    super(message)
    this.position = position
  }
}

/**
 * Finds what is wrong with a text that `JSON.parse` refuses: place and words are those of CPython 3.11's
 * `json.loads`. `undefined` for a text that is too deep, and for one in which nothing is wrong.
 */
export function findJsonFault(text: string): JsonFault | undefined {
  try {
    new Scanner(text).document()
    return undefined
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    if (error.position < 0) return undefined
    return { position: codePoints(text, error.position), message: error.message }
  }
}

function codePoints(text: string, end: number): number {
  let count = 0
  for (const _ of text.slice(0, end)) count++
  return count
}

const numberText = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y
const spaceText = /[ \t\n\r]*/y

/** What may stand in a string as it is; past the end, the code is `NaN`. */
function isPlain(code: number): boolean {
  return code >= 0x20 && code !== 0x22 && code !== 0x5c
}

class Scanner {
  readonly #text: string
  #at = 0
  #depth = 0

  constructor(text: string) {
    this.#text = text
  }

  document(): void {
    this.#space()
    this.#value()
    this.#space()
    if (this.#at < this.#text.length) throw new Fault('Extra data', this.#at)
  }

  #value(): void {
    const next = this.#text[this.#at]
    if (next === '"') return this.#string()
    if (next === '{' || next === '[') {
      if (++this.#depth > maxDepth) throw new Fault('too deep', -1)
      if (next === '{') this.#object()
      else this.#array()
      this.#depth--
      return
    }
    for (const word of ['null', 'true', 'false'])
      if (this.#text.startsWith(word, this.#at)) {
        this.#at += word.length
        return
      }
    if (this.#match(numberText) === '') throw new Fault('Expecting value', this.#at)
  }

  #object(): void {
    this.#at++
    this.#space()
    if (this.#take('}')) return
    for (;;) {
      if (this.#text[this.#at] !== '"') throw new Fault('Expecting property name enclosed in double quotes', this.#at)
      this.#string()
      this.#space()
      if (!this.#take(':')) throw new Fault("Expecting ':' delimiter", this.#at)
      this.#space()
      this.#value()
      this.#space()
      if (this.#take('}')) return
      if (!this.#take(',')) throw new Fault("Expecting ',' delimiter", this.#at)
      this.#space()
    }
  }

  #array(): void {
    this.#at++
    this.#space()
    if (this.#take(']')) return
    for (;;) {
      this.#value()
      this.#space()
      if (this.#take(']')) return
      if (!this.#take(',')) throw new Fault("Expecting ',' delimiter", this.#at)
      this.#space()
    }
  }

  #string(): void {
    const begin = this.#at
    this.#at++
    for (;;) {
      while (isPlain(this.#text.charCodeAt(this.#at))) this.#at++
      const next = this.#text[this.#at]
      if (next === undefined) throw new Fault('Unterminated string starting at', begin)
      if (next === '"') {
        this.#at++
        return
      }
      if (next !== '\\') throw new Fault('Invalid control character at', this.#at)
      this.#escape(begin)
    }
  }

  #escape(begin: number): void {
    const sign = this.#text[this.#at + 1]
    if (sign === undefined) throw new Fault('Unterminated string starting at', begin)
    if (sign === 'u') {
      if (!/^[0-9A-Fa-f]{4}$/.test(this.#text.slice(this.#at + 2, this.#at + 6)))
        throw new Fault('Invalid \\uXXXX escape', this.#at + 1)
      this.#at += 6
    } else {
      if (!'"\\/bfnrt'.includes(sign)) throw new Fault('Invalid \\escape', this.#at)
      this.#at += 2
    }
  }

  #space(): void {
    this.#match(spaceText)
  }

  #take(sign: string): boolean {
    if (this.#text[this.#at] !== sign) return false
    this.#at++
    return true
  }

  #match(pattern: RegExp): string {
    pattern.lastIndex = this.#at
    const found = pattern.exec(this.#text)?.[0] ?? ''
    this.#at += found.length
    return found
  }
}
