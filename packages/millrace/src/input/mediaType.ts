const charset = /;\s*charset\s*=\s*"?([^";\s]+)/i

/** The media type in a `content-type`, in lower case and without parameters. */
export function mediaTypeOf(type: string): string {
  const end = type.indexOf(';')
  return (end < 0 ? type : type.slice(0, end)).trim().toLowerCase()
}

/** The `charset` in a `content-type`, in lower case. */
export function charsetOf(type: string): string | undefined {
  return charset.exec(type)?.[1]?.toLowerCase()
}

/** Whether a charset is UTF-8, or a part of it. */
export function isUtf8Charset(charset: string): boolean {
  return charset === 'utf-8' || charset === 'utf8' || charset === 'us-ascii'
}

/** Whether a media type is JSON (RFC 6839, section 3.1). */
export function isJson(media: string): boolean {
  return media === 'application/json' || (media.startsWith('application/') && media.endsWith('+json'))
}
