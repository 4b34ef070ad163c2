// RFC 9110, section 5.6.6. What stands within quotes looks like a parameter and is none.
const parameters = /;\s*([^;="\s]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;"\s]*))/g

/** The media type in a `content-type`, in lower case and without parameters. */
export function mediaTypeOf(type: string): string {
  const end = type.indexOf(';')
  return (end < 0 ? type : type.slice(0, end)).trim().toLowerCase()
}

/** A parameter of a `content-type` by its lower-case name, without quotes; of several the first. */
export function parameterOf(type: string, name: string): string | undefined {
  for (const [, key = '', quoted, token] of type.matchAll(parameters))
    if (key.toLowerCase() === name) return quoted?.replace(/\\(.)/g, '$1') ?? token
  return undefined
}

/** The `charset` in a `content-type`, in lower case. */
export function charsetOf(type: string): string | undefined {
  return parameterOf(type, 'charset')?.toLowerCase()
}

/** Whether a charset is UTF-8, or a part of it. */
export function isUtf8Charset(charset: string): boolean {
  return charset === 'utf-8' || charset === 'utf8' || charset === 'us-ascii'
}

/** Whether a media type is JSON (RFC 6839, section 3.1). */
export function isJson(media: string): boolean {
  return media === 'application/json' || (media.startsWith('application/') && media.endsWith('+json'))
}
