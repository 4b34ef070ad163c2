import { createHash } from 'node:crypto'
import { create as contentDisposition } from 'content-disposition'
import { HeaderList } from '../../serve/headers.ts'
import type { FileOptions } from './FileReply.ts'
import type { Validators } from './preconditions.ts'
import { type ByteSource, BytesSource } from './source.ts'

/** What tells this state of a file from others: as its options say, else as it is found. */
export function validatorsOf(source: ByteSource, options: FileOptions): Validators {
  const { lastModified = source.lastModifiedMs, etag = etagOf(source) } = options
  const changedMs = lastModified instanceof Date ? lastModified.getTime() : lastModified
  return {
    etag: etag === false ? undefined : etag,
    // RFC 9110, section 8.8.2.1: not later than now. HTTP knows whole seconds.
    lastModifiedMs:
      changedMs === false || changedMs === undefined
        ? undefined
        : Math.floor(Math.min(changedMs, Date.now()) / 1_000) * 1_000,
  }
}

/** The digest of more bytes would hold up other requests for more than a millisecond. */
const maxDigestBytes = 1024 * 1024

/** Strong: time of change with its microseconds and size, or a digest. A range may be added to one with the same tag. */
function etagOf(source: ByteSource): string | false {
  const { size, lastModifiedMs } = source
  if (lastModifiedMs !== undefined) return `"${size.toString(36)}-${Math.round(lastModifiedMs * 1_000).toString(36)}"`
  if (!(source instanceof BytesSource) || size > maxDigestBytes) return false
  return `"${createHash('sha256').update(source.bytes).digest('base64url').slice(0, 22)}"`
}

/** Of an answer with the file, or a part of it. `validators` are left out where ranges are not offered. */
export function fileHeaders(options: FileOptions, mediaType: string, validators: Validators | undefined): HeaderList {
  const list = new HeaderList(['content-type', mediaType])
  const { filename, disposition = 'attachment' } = options
  if (filename !== undefined || options.disposition !== undefined)
    list.set('content-disposition', contentDisposition(filename, { type: disposition }))
  if (validators) list.set('accept-ranges', 'bytes')
  addCacheHeaders(list, options, validators)
  for (const [name, value] of Object.entries(options.headers ?? {})) list.set(name, value)
  return list
}

/** Of an answer that says that the client has the file (RFC 9110, section 15.4.5). */
export function notModifiedHeaders(options: FileOptions, validators: Validators): HeaderList {
  const list = new HeaderList()
  addCacheHeaders(list, options, validators)
  for (const [name, value] of Object.entries(options.headers ?? {}))
    if (!/^content-(?!location$)/i.test(name)) list.set(name, value)
  return list
}

function addCacheHeaders(list: HeaderList, { maxAgeSeconds }: FileOptions, validators: Validators | undefined): void {
  if (validators?.etag !== undefined) list.set('etag', validators.etag)
  if (validators?.lastModifiedMs !== undefined)
    list.set('last-modified', new Date(validators.lastModifiedMs).toUTCString())
  if (maxAgeSeconds !== undefined) list.set('cache-control', `max-age=${maxAgeSeconds}`)
}
