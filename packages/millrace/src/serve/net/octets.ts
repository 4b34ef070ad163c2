/** What an octet may be part of: bits, so that one look into {@link classes} answers. */
const [token, target, value, host] = [1, 2, 4, 8]

export const cr = 0x0d
export const lf = 0x0a
export const tab = 0x09
export const space = 0x20
export const colon = 0x3a

const classes = new Uint8Array(256)

function allow(bit: number, characters: string): void {
  for (const character of characters) {
    const code = character.charCodeAt(0)
    classes[code] = (classes[code] as number) | bit
  }
}

function allowRange(bit: number, from: number, to: number): void {
  for (let code = from; code <= to; code++) classes[code] = (classes[code] as number) | bit
}

const letters = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'
const digits = '0123456789'

// RFC 9110, section 5.6.2
allow(token, `${letters}${digits}!#$%&'*+-.^_\`|~`)
// Visible ASCII: RFC 3986 has fewer, but browsers send the others. No `#`, which begins what is never sent.
allowRange(target, 0x21, 0x7e)
classes[0x23] = (classes[0x23] as number) & ~target
// RFC 9110, section 5.5: visible characters, space, tab, obs-text
allowRange(value, 0x20, 0x7e)
allowRange(value, 0x80, 0xff)
allow(value, '\t')
// RFC 3986, section 3.2.2 and 3.2.3: a name or an address with a port, no user
allow(host, `${letters}${digits}-._~%!$&'()*+,;=:[]`)

/** The octet at a place that is known to be inside of the bytes. */
export function octetAt(bytes: Uint8Array, at: number): number {
  // The callers have compared `at` with the end; a second check would cost on every byte of every request.
  return bytes[at] as number
}

/** The first place from `at` on that no character of a token is at (RFC 9110, section 5.6.2). */
export function skipToken(bytes: Uint8Array, at: number, end: number): number {
  while (at < end && ((classes[octetAt(bytes, at)] as number) & token) !== 0) at++
  return at
}

/** The first place from `at` on that cannot be part of a request target. */
export function skipTarget(bytes: Uint8Array, at: number, end: number): number {
  while (at < end && ((classes[octetAt(bytes, at)] as number) & target) !== 0) at++
  return at
}

/** The first place from `at` on that cannot be part of a field value, spaces around it included. */
export function skipValue(bytes: Uint8Array, at: number, end: number): number {
  while (at < end && ((classes[octetAt(bytes, at)] as number) & value) !== 0) at++
  return at
}

/** The first place from `at` on that is neither a space nor a tab: OWS (RFC 9110, section 5.6.3). */
export function skipSpace(bytes: Uint8Array, at: number, end: number): number {
  while (at < end && isSpace(octetAt(bytes, at))) at++
  return at
}

/** Whether an octet is a space or a tab. */
export function isSpace(octet: number): boolean {
  return octet === space || octet === tab
}

/** Whether a text is made of what a host and a port are made of; it may be empty (RFC 9110, section 7.2). */
export function isHost(text: string): boolean {
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code > 0xff || ((classes[code] as number) & host) === 0) return false
  }
  return true
}
