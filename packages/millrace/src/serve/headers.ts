// RFC 9110, section 5.5: visible characters, space, tab and obs-text; no CR, LF or NUL, which would split the answer.
const valuePattern = /^[\t\x20-\x7e\x80-\xff]*$/
// RFC 9110, section 5.6.2
const namePattern = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/

/** @throws {TypeError} when name or value hold characters that a header must not (RFC 9110, section 5) */
export function checkHeader(name: string, value: string): void {
  if (!namePattern.test(name)) throw new TypeError(`'${name}' cannot be the name of a header`)
  if (!valuePattern.test(value))
    throw new TypeError(`The value of the header '${name}' holds a character that it must not`)
}

/** The headers of an answer, in order, repeated names kept. Names are lower case. */
export class HeaderList {
  /** Name, value, name, value: the form in which a transport reads them. */
  readonly flat: string[] = []

  /** @param pairs name, value, name, value @throws {TypeError} as {@link set} */
  constructor(pairs: readonly string[] = []) {
    if (pairs.length % 2 !== 0) throw new TypeError('A list of headers needs a value for each name')
    for (let index = 0; index < pairs.length; index += 2)
      this.append(pairs[index] as string, pairs[index + 1] as string)
  }

  /** Of names in lower case and values that are known to be well-formed: nothing is checked. */
  static '~of'(...flat: string[]): HeaderList {
    const list: { flat: string[] } = new HeaderList()
    list.flat = flat
    return list as HeaderList
  }

  /** The first value of a header, or `undefined`. */
  get(name: string): string | undefined {
    const index = this.#find(name.toLowerCase())
    return index < 0 ? undefined : this.flat[index + 1]
  }

  has(name: string): boolean {
    return this.#find(name.toLowerCase()) >= 0
  }

  /**
   * Replaces every value of a header by one.
   *
   * @throws {TypeError} when name or value hold characters that a header must not (RFC 9110, section 5)
   */
  set(name: string, value: string): this {
    this.delete(name)
    return this.append(name, value)
  }

  /** Adds one more value. @throws {TypeError} as {@link set} */
  append(name: string, value: string): this {
    checkHeader(name, value)
    this.flat.push(name.toLowerCase(), value)
    return this
  }

  delete(name: string): boolean {
    const key = name.toLowerCase()
    let found = false
    for (let index = this.#find(key); index >= 0; index = this.#find(key)) {
      this.flat.splice(index, 2)
      found = true
    }
    return found
  }

  /** Adds names, or lists of names, to `vary`, each once (RFC 9110, section 12.5.5). */
  vary(...names: string[]): this {
    const present: string[] = []
    for (const [name, value] of this) if (name === 'vary') present.push(...listed(value))
    for (const name of names.flatMap(listed))
      if (!present.some((old) => old.toLowerCase() === name.toLowerCase())) present.push(name)
    return this.set('vary', present.join(', '))
  }

  *[Symbol.iterator](): IterableIterator<[name: string, value: string]> {
    for (let index = 0; index < this.flat.length; index += 2)
      yield [this.flat[index] as string, this.flat[index + 1] as string]
  }

  #find(name: string): number {
    const { flat } = this
    for (let index = 0; index < flat.length; index += 2) if (flat[index] === name) return index
    return -1
  }
}

/** The items of a list in a header (RFC 9110, section 5.6.1). */
function listed(value: string): string[] {
  return value
    .split(',')
    .map((item) => item.trim())
    .filter(Boolean)
}
