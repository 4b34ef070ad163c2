/** One part of a multipart body as it is written: further headers after `content-disposition`, and content. */
export interface WrittenPart {
  /** All of `content-disposition`, or the name alone. */
  readonly as: string
  readonly headers?: readonly string[]
  readonly content: string | Uint8Array
}

export const boundary = 'mill-wheel'

/** A multipart body, byte by byte as it says. */
export function written(parts: readonly WrittenPart[], end = `--${boundary}--\r\n`): Buffer<ArrayBuffer> {
  const pieces = parts.flatMap(({ as, headers = [], content }) => [
    [`--${boundary}`, `content-disposition: ${as.includes('=') ? as : `form-data; name="${as}"`}`, ...headers].join(
      '\r\n',
    ),
    '\r\n\r\n',
    content,
    '\r\n',
  ])
  return Buffer.concat([...pieces, end].map((piece) => (typeof piece === 'string' ? Buffer.from(piece) : piece)))
}

/** A request with such a body. */
export function posted(
  body: RequestInit['body'],
  contentType = `multipart/form-data; boundary=${boundary}`,
): RequestInit {
  // A stream has to say that it does not wait for the answer.
  return { method: 'POST', headers: { 'content-type': contentType }, body, duplex: 'half' } as RequestInit
}

/** A request with a form as clients write it. */
export function form(entries: Readonly<Record<string, string | Blob | readonly (string | Blob)[]>>): RequestInit {
  const body = new FormData()
  for (const [name, value] of Object.entries(entries))
    for (const one of Array.isArray(value) ? value : [value]) body.append(name, one)
  return { method: 'POST', body }
}
