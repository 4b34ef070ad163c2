import { maxDecimalLength, noDecimal, writeDecimal } from './decimals.ts'

const capacity = 16 * 1024
// Beyond it, a call into V8 costs less than a turn for each character.
const maxShortLength = 64
// Up to here, a call into V8 for each costs less than one for all of them.
const fewNumbers = 8

const quote = 0x22
const comma = 0x2c
const openBracket = 0x5b
const backslash = 0x5c
const closeBracket = 0x5d

/**
 * JSON that is being written: a string, and from the first number on that is no integer the bytes that come after it, in a
 * buffer that is used again, until something comes that is no short Latin-1.
 *
 * It is there for arrays of numbers. `JSON.stringify` takes 40 to 80 ns for each that is no integer; those of up to six
 * decimal places, to which people and models round, are written by arithmetic in 10 (Node 24, bench/README.md#json).
 */
export class JsonBuffer {
  #text = ''
  readonly #bytes = Buffer.allocUnsafeSlow(capacity)
  /** Of the bytes that have been written. */
  #end = 0
  /** How many numbers of lists have been written that are rounded, and no integers. */
  fractions = 0

  /** Begins anew. */
  clear(): void {
    this.fractions = 0
    this.#text = ''
    this.#end = 0
  }

  /** What has been written since. */
  text(): string {
    this.#flush()
    return this.#text
  }

  /** Adds what is JSON already. */
  add(json: string): void {
    const { length } = json
    if (this.#end === 0 || length > maxShortLength) return this.#append(json)
    this.#makeRoom(length)
    const bytes = this.#bytes
    let end = this.#end
    for (let index = 0; index < length; index++) {
      const code = json.charCodeAt(index)
      if (code > 0xff) return this.#append(json)
      bytes[end++] = code
    }
    this.#end = end
  }

  addString(value: string): void {
    const { length } = value
    if (this.#end === 0) return this.#append(isPlain(value) ? `"${value}"` : JSON.stringify(value))
    if (length > maxShortLength) return this.#append(JSON.stringify(value))
    this.#makeRoom(length + 2)
    const bytes = this.#bytes
    let end = this.#end
    bytes[end++] = quote
    for (let index = 0; index < length; index++) {
      const code = value.charCodeAt(index)
      if (code > 0xff || isEscaped(code)) return this.#append(JSON.stringify(value))
      bytes[end++] = code
    }
    bytes[end++] = quote
    this.#end = end
  }

  /** @param value finite */
  addNumber(value: number): void {
    if (this.#end === 0 && Number.isInteger(value)) return this.#append(String(value))
    this.#makeRoom(maxDecimalLength)
    const end = writeDecimal(this.#bytes, this.#end, value)
    if (end === noDecimal) this.add(String(value))
    else this.#end = end
  }

  /** Adds numbers that `fits` takes, which must be finite. Returns whether it takes all. */
  addNumbers(values: readonly unknown[], fits: (value: number) => boolean): boolean {
    const { length } = values
    const bytes = this.#bytes
    this.#makeRoom(length * maxDecimalLength + 2)
    // Where more than the buffer holds is to come, it is empty now, and there is nothing to be kept of it.
    const [text, start] = [this.#text, this.#end]
    let end = start
    let fractions = 0
    bytes[end++] = openBracket
    for (let index = 0; index < length; index++) {
      if (end > capacity - maxDecimalLength) {
        this.#end = end
        this.#flush()
        end = 0
      }
      const value = values[index]
      if (typeof value !== 'number' || !fits(value)) return false
      if (index > 0) bytes[end++] = comma
      const next = writeDecimal(bytes, end, value)
      if (next !== noDecimal) {
        end = next
        if (value !== (value | 0)) fractions++
      } else if (length > fewNumbers) {
        // They have not been rounded, so that most others are none either.
        this.#text = text
        this.#end = start
        return this.#addCopy(values, fits)
      } else {
        this.#end = end
        this.add(String(value))
        end = this.#end
      }
    }
    this.#end = end
    // Those that are no short decimals may have taken more room than there was to be.
    this.#makeRoom(1)
    bytes[this.#end++] = closeBracket
    this.fractions += fractions
    // A getter may have added numbers.
    return values.length === length
  }

  /** Of a copy, so that what has been checked is what is written, whatever an array answers when it is asked again. */
  #addCopy(values: readonly unknown[], fits: (value: number) => boolean): boolean {
    const { length } = values
    const copy: number[] = new Array(length)
    for (let index = 0; index < length; index++) {
      const value = values[index]
      if (typeof value !== 'number' || !fits(value)) return false
      copy[index] = value
    }
    this.#append(JSON.stringify(copy))
    return values.length === length
  }

  #append(json: string): void {
    this.#flush()
    this.#text += json
  }

  #makeRoom(length: number): void {
    if (this.#end + length > capacity) this.#flush()
  }

  #flush(): void {
    if (this.#end === 0) return
    this.#text += this.#bytes.toString('latin1', 0, this.#end)
    this.#end = 0
  }
}

/** Whether a string is known to have nothing in it that JSON escapes: it is short, and looked through. */
function isPlain(value: string): boolean {
  const { length } = value
  if (length > maxShortLength) return false
  for (let index = 0; index < length; index++) {
    const code = value.charCodeAt(index)
    // Half of a pair is escaped where the other is missing.
    if (code >= 0xd800 || isEscaped(code)) return false
  }
  return true
}

/** RFC 8259, section 7. */
function isEscaped(code: number): boolean {
  return code < 0x20 || code === quote || code === backslash
}
