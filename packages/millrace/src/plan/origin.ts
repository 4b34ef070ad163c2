/**
 * Whether a text is an origin as browsers send it (RFC 6454, section 6.2): `https://app.example`, `null`, or that of an
 * extension or an app, such as `chrome-extension://abcdef`. One that is written otherwise would never be met.
 */
export function isOrigin(text: string): boolean {
  if (text === 'null') return true
  const origin = URL.parse(text)?.origin
  // Of other schemes than its own a URL does not know the origin.
  return origin === text || (origin === 'null' && /^[a-z][a-z0-9+.-]*:\/\/[^/?#@\s]+$/.test(text))
}
