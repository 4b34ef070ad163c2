import type { SentFile } from '../../plan/kind.ts'

/** What a file is read from. A string or a `file:` URL is a path on the disk. */
export type FileSource = string | URL | Uint8Array | ArrayBuffer | Blob

/** How a file is sent. Every option has a default. */
export interface FileOptions {
  /**
   * The folder that a path must not leave, by `..`, by a symbolic link, or otherwise. With it the path may come
   * from a caller: what is not a file in there is answered with 404, code `not_found`. Without it the path is
   * taken as it is, and a missing file is a fault of the server.
   */
  readonly root?: string | URL
  /** Under which clients save it; any Unicode (RFC 6266, RFC 8187). Makes the default of `disposition` `attachment`. */
  readonly filename?: string
  /** Whether browsers save it or show it. Default: `attachment` with a `filename`, else the header is left out. */
  readonly disposition?: 'attachment' | 'inline'
  /** Default: that of `file()`, of the name's extension, or of a `Blob`; else `application/octet-stream`. */
  readonly mediaType?: string
  /** For caches to use it without asking, in seconds: `cache-control: max-age=…`. Default: the header is left out. */
  readonly maxAgeSeconds?: number
  /** The entity tag, with its quotes. Default: of size and time of change, or of the bytes. `false` for none. */
  readonly etag?: string | false
  /** Default: when the file was changed; none for bytes. `false` for none. */
  readonly lastModified?: Date | false
  /** Further headers; those of this list come last, and win. */
  readonly headers?: Readonly<Record<string, string>>
}

/** A file on its way into an answer. */
export class FileReply implements SentFile {
  readonly '~file' = true
  readonly source: FileSource
  readonly options: FileOptions

  constructor(source: FileSource, options: FileOptions) {
    this.source = source
    this.options = options
  }
}

/**
 * Answers with a file: a path, bytes, or a `Blob` such as an upload.
 *
 * GET and HEAD get `etag`, `last-modified` and `accept-ranges`, are answered with 304 or 412 by their
 * preconditions (RFC 9110, section 13), and GET with 206 or 416 by its `range` (section 14): one range as it is,
 * several as `multipart/byteranges`. It is read in pieces of 64 KiB, as fast as the client takes them.
 *
 * @throws {HttpError} `not_found` (404), `precondition_failed` (412) or `range_not_satisfiable` (416) when it is sent
 *
 * @example
 * app.get('/report', { response: file('application/pdf') }, () => sendFile('./report.pdf', { filename: 'Report.pdf' }))
 * app.get('/uploads/*name', { response: file() }, ({ params }) => sendFile(params.name, { root: './uploads' }))
 */
export function sendFile(source: FileSource, options: FileOptions = {}): FileReply {
  return new FileReply(source, options)
}
