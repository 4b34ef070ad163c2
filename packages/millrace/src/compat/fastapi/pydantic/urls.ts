import type { Parse } from './report.ts'

const maxLength = 2083
/** Schemes whose URLs have a host (WHATWG URL, section 4.2). */
const special = /^(https?|wss?|ftp):/i

/** A URL, given on as the WHATWG standard writes it. */
export const url: Parse = (value, report) => {
  if (typeof value !== 'string') report.fail('url_type', value)
  else if (value.length > maxLength) report.fail('url_too_long', value, { max_length: maxLength })
  else {
    const parsed = URL.parse(value)
    if (parsed) {
      report.floor('lax')
      return parsed.href
    }
    report.fail('url_parsing', value, { error: faultOf(value) })
  }
  return value
}

/** In the words of the library that pydantic-core uses (https://docs.rs/url, `ParseError`). */
function faultOf(value: string): string {
  if (value === '') return 'input is empty'
  const text = value.trim()
  const [, scheme] = /^([A-Za-z][A-Za-z0-9+.-]*):/.exec(text) ?? []
  if (scheme === undefined) return 'relative URL without a base'
  const authority =
    text
      .slice(scheme.length + 1)
      .replace(/^[/\\]+/, '')
      .split(/[/?#\\]/, 1)[0] ?? ''
  const host = authority.slice(authority.lastIndexOf('@') + 1)
  if (special.test(text) && host === '') return 'empty host'
  if (host.startsWith('[') && !/^\[[0-9A-Fa-f:.]+\]/.test(host)) return 'invalid IPv6 address'
  const port = /:([^:\]]*)$/.exec(host)?.[1]
  if (port !== undefined && (!/^\d*$/.test(port) || Number(port) > 65_535)) return 'invalid port number'
  if (host.startsWith(':')) return 'empty host'
  if (/^[\d.]+$/.test(host)) return 'invalid IPv4 address'
  return 'invalid international domain name'
}
