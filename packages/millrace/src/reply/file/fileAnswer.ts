import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import { codedError } from '../../errors/codedError.ts'
import type { RequestContext } from '../../input/context.ts'
import { Answer } from '../../serve/answer.ts'
import type { HeaderList } from '../../serve/headers.ts'
import type { FileOptions, FileReply } from './FileReply.ts'
import { FileStream, pieceBytes } from './FileStream.ts'
import { fileHeaders, notModifiedHeaders, validatorsOf } from './fileHeaders.ts'
import { folderPath } from './folderPath.ts'
import { mediaTypeOfName } from './mediaType.ts'
import { multipartRanges } from './multipartRanges.ts'
import { openInRoot } from './pathInRoot.ts'
import { isRangeStillValid, judgePreconditions } from './preconditions.ts'
import { type ByteRange, type MalformedRange, rangesOf } from './ranges.ts'
import { BlobSource, type ByteSource, BytesSource, openFile } from './source.ts'

/** How the files of an operation are answered. */
export interface FileAnswering {
  readonly status: number
  /** Of files that do not say it themselves. */
  readonly mediaType?: string | undefined
  readonly malformedRange: MalformedRange
}

/** A file as the answer to a request: whole, in parts, or only that the client has it already. */
export async function fileAnswer(file: FileReply, answering: FileAnswering, context: RequestContext): Promise<Answer> {
  const { options } = file
  const mediaType =
    takeMediaType(context) ?? options.mediaType ?? answering.mediaType ?? (await mediaTypeOf(file.source))
  return sourceAnswer(
    await open(file),
    mediaType === undefined ? options : { ...options, mediaType },
    answering,
    context,
  )
}

/** {@link fileAnswer} of what is open already, and is closed whatever happens. */
export async function sourceAnswer(
  source: ByteSource,
  options: FileOptions,
  answering: FileAnswering,
  context: RequestContext,
): Promise<Answer> {
  try {
    const answer = await answerWith(source, options, answering, context)
    if (!(answer.body instanceof FileStream)) await source.close()
    return answer
  } catch (error) {
    await source.close()
    throw error
  }
}

async function answerWith(
  source: ByteSource,
  options: FileOptions,
  { status, malformedRange }: FileAnswering,
  context: RequestContext,
): Promise<Answer> {
  const header = (name: string) => context.header(name)
  const { mediaType = 'application/octet-stream' } = options
  // RFC 9110, section 13.2.1: only what would succeed, and only where a file is asked for.
  if (status !== 200 || !isRead(context.method))
    return bodyAnswer(status, fileHeaders(options, mediaType, undefined), source, undefined, context)

  const validators = validatorsOf(source, options)
  const verdict = judgePreconditions(header, validators)
  if (verdict === 'failed')
    throw codedError('precondition_failed', 'The file is not, or not any more, the one that the request is about')
  if (verdict === 'not_modified') return new Answer(304, notModifiedHeaders(options, validators), null)

  const headers = fileHeaders(options, mediaType, validators)
  const range = context.method === 'GET' && isRangeStillValid(header, validators) ? header('range') : undefined
  const ranges = range === undefined ? undefined : rangesOf(range, source.size, malformedRange)
  return bodyAnswer(200, headers, source, ranges, context)
}

async function bodyAnswer(
  status: number,
  headers: HeaderList,
  source: ByteSource,
  ranges: readonly ByteRange[] | undefined,
  context: RequestContext,
): Promise<Answer> {
  const { size } = source
  const [first = { start: 0, end: size - 1 }, second] = ranges ?? []
  if (second) {
    const parts = multipartRanges(ranges as ByteRange[], size, headers.get('content-type') as string)
    headers.set('content-type', parts.mediaType).set('content-length', String(parts.length))
    return new Answer(206, headers, new FileStream(source, parts.sections, context))
  }
  const { start, end } = first
  const length = end - start + 1
  headers.set('content-length', String(length))
  if (ranges) headers.set('content-range', `bytes ${start}-${end}/${size}`)
  const partStatus = ranges ? 206 : status
  if (context.method === 'HEAD') return new Answer(partStatus, headers, null)
  if (source instanceof BytesSource) return new Answer(partStatus, headers, source.bytes.subarray(start, end + 1))
  if (length === 0) return new Answer(partStatus, headers, new Uint8Array())
  if (length > pieceBytes) return new Answer(partStatus, headers, new FileStream(source, [first], context))
  // What fits into one piece is read before the head goes out, and leaves with it.
  const piece = await source.read(start, length)
  if (piece.byteLength < length) throw new Error(`The file has become shorter than the ${size} bytes that it had`)
  return new Answer(partStatus, headers, piece)
}

async function open({ source, options: { root } }: FileReply): Promise<ByteSource> {
  if (source instanceof Blob) return new BlobSource(source)
  if (source instanceof Uint8Array) return new BytesSource(source)
  if (source instanceof ArrayBuffer) return new BytesSource(new Uint8Array(source))
  if (root === undefined) {
    const file = await openFile(source)
    if (file) return file
    throw new Error(`sendFile() was given '${source}', where there is no file`)
  }
  const file = source instanceof URL ? undefined : await openInRoot(folderPath(root), source)
  if (file) return file
  throw codedError('not_found', 'There is no such file')
}

/** What the handler has set is the type of the file; over several ranges it would hide that they are several. */
function takeMediaType(context: RequestContext): string | undefined {
  const headers = context['~draft']?.headers
  const mediaType = headers?.get('content-type')
  headers?.delete('content-type')
  return mediaType
}

function isRead(method: string): boolean {
  return method === 'GET' || method === 'HEAD'
}

async function mediaTypeOf(source: FileReply['source']): Promise<string | undefined> {
  if (typeof source === 'string' || source instanceof URL)
    return mediaTypeOfName(basename(source instanceof URL ? fileURLToPath(source) : source))
  if (source instanceof Blob) return source.type || (source instanceof File ? mediaTypeOfName(source.name) : undefined)
  return undefined
}
