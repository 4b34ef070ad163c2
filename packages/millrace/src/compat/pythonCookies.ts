import { stringifySetCookie } from 'cookie'
import type { CookieRules } from '../input/cookieRules.ts'
import { NullObject } from '../input/nullObject.ts'

/** In which ways the two ends of Python differ. */
interface Variant {
  /** Of several cookies with one name. */
  readonly counts: 'first' | 'last'
  /** Of what is escaped, and of headers. */
  readonly charset: 'latin1' | 'utf8'
  /** Values that are written as they are. */
  readonly bare: RegExp
  /** What is escaped in others, byte by byte. */
  readonly escaped: RegExp
}

/**
 * Cookies as Python reads and writes them: a value that a cookie cannot hold stands in double quotes, with what those
 * cannot hold as octal numbers; percent signs mean nothing.
 */
function pythonCookies({ counts, charset, bare, escaped }: Variant): CookieRules {
  const unquoted = (value: string): string => {
    if (value.length < 2 || !value.startsWith('"') || !value.endsWith('"')) return value
    const plain = value
      .slice(1, -1)
      .replace(/\\(?:([0-3][0-7]{2})|(.))/g, (_, octal?: string, other?: string) =>
        octal === undefined ? (other as string) : String.fromCharCode(Number.parseInt(octal, 8)),
      )
    return charset === 'utf8' ? Buffer.from(plain, 'latin1').toString() : plain
  }
  const quoted = (value: string): string => {
    if (bare.test(value)) return value
    const bytes = charset === 'utf8' ? Buffer.from(value).toString('latin1') : value
    if (/[\u0100-\uffff]/.test(bytes)) throw new TypeError(`A cookie cannot hold '${value}'`)
    const plain = bytes.replace(escaped, (character) =>
      character === '"' || character === '\\'
        ? `\\${character}`
        : `\\${character.charCodeAt(0).toString(8).padStart(3, '0')}`,
    )
    return `"${plain}"`
  }
  return {
    parse: (header) => {
      const cookies = new NullObject() as Record<string, string>
      for (const pair of header.split(';')) {
        const at = pair.indexOf('=')
        const name = pair.slice(0, Math.max(at, 0)).trim()
        if (name === '' || (counts === 'first' && name in cookies)) continue
        cookies[name] = unquoted(pair.slice(at + 1).trim())
      }
      return cookies
    },
    write: (name, value, options) => {
      if (options.encode) return stringifySetCookie(name, value, options)
      // Spaces are not a thing that the library lets through, quoted or not.
      return `${name}=${quoted(value)}${stringifySetCookie(name, '', options).slice(name.length + 1)}`
    },
  }
}

/** As Starlette does, by `http.cookies`. */
export const starletteCookies: CookieRules = pythonCookies({
  counts: 'last',
  charset: 'latin1',
  bare: /^[\w!#$%&'*+\-.^`|~:]*$/,
  escaped: /[^\w!#$%&'*+\-.^`|~: ()/<=>?@[\]{}]/g,
})

/** As Werkzeug does. */
export const werkzeugCookies: CookieRules = pythonCookies({
  counts: 'first',
  charset: 'utf8',
  bare: /^[\w!#$%&'()*+\-./:<=>?@[\]^`{|}~]*$/,
  escaped: /[^ !#-+\--:<-[\]-~]/g,
})
