import { announcedLength } from './contentLength.ts'
import { dateLine } from './date.ts'
import { reasonPhrases } from './reasonPhrases.ts'

// As in headers.ts; here once more, because a list of headers can be given to an answer unchecked.
const forbiddenInValue = /[^\t\x20-\x7e\x80-\xff]/
const namePattern = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/

const statusLines = new Map<number, string>()

/** RFC 9112, section 4 */
function statusLine(status: number): string {
  let line = statusLines.get(status)
  if (line === undefined) {
    if (!Number.isInteger(status) || status < 200 || status > 999)
      throw new RangeError(`An answer cannot have the status ${status}`)
    line = `HTTP/1.1 ${status} ${reasonPhrases[status] ?? ''}\r\n`
    statusLines.set(status, line)
  }
  return line
}

/** Lines of `content-type`, of which an app has few, that have been found fit to be sent. */
const contentTypes = new Map<string, string>()
const maxContentTypes = 64

/** The head of an answer, and what its headers want of the connection. */
export class ResponseHead {
  /** Status line and headers, without those that frame the body, and without the empty line. */
  readonly text: string
  /** As the headers announce it; `undefined` where they do not, NaN for what is no number of bytes. */
  readonly length: number | undefined
  /** Whether a `connection` header asks for it, or the status: with 408 a server waits no longer (RFC 9110, section 15.5.9). */
  readonly closes: boolean

  /**
   * @param headers name, value, name, value
   * @throws {RangeError} for a status that is none
   * @throws {TypeError} for a header that would split the answer (RFC 9112, section 11.1)
   */
  constructor(status: number, headers: readonly string[]) {
    let text = statusLine(status)
    let length: number | undefined
    let closes = status === 408
    let hasDate = false
    for (let index = 0; index < headers.length; index += 2) {
      const name = headers[index] as string
      const value = headers[index + 1] as string
      const known = name === 'content-type' ? contentTypes.get(value) : undefined
      if (known !== undefined) {
        text += known
        continue
      }
      if (!namePattern.test(name)) throw new TypeError(`'${name}' cannot be the name of a header`)
      if (forbiddenInValue.test(value))
        throw new TypeError(`The value of the header '${name}' holds a character that it must not`)
      // How the body is framed and how long the connection lasts is decided here; a second opinion, such as that of an answer fetched from elsewhere, would split it.
      const key = name.length === 10 || name.length === 14 || name.length === 17 ? name.toLowerCase() : name
      if (key === 'transfer-encoding' || key === 'keep-alive') continue
      if (key === 'connection') {
        closes ||= value.toLowerCase().includes('close')
        // RFC 9110, section 7.8: so that no proxy passes the header `upgrade` on.
        if (value.toLowerCase().includes('upgrade')) text += 'connection: Upgrade\r\n'
      } else if (key === 'content-length') length = announcedLength(value)
      else {
        hasDate ||= key === 'date'
        const line = `${name}: ${value}\r\n`
        if (name === 'content-type' && contentTypes.size < maxContentTypes) contentTypes.set(value, line)
        text += line
      }
    }
    this.text = hasDate ? text : text + dateLine()
    this.length = length
    this.closes = closes
  }
}
