import { pipeline, Readable } from 'node:stream'
import type zlib from 'node:zlib'
import { codedError } from '../errors/codedError.ts'
import { nodeZlib } from '../nodeModules.ts'
import { tooLarge } from '../serve/bodyErrors.ts'
import { ZstdFrames } from './ZstdFrames.ts'

/** How the coding of a body is undone (RFC 9110, section 8.4.1). */
export interface Decoder {
  /** A whole body. Stops as soon as more than `maxBytes` have come out. */
  whole(bytes: Uint8Array, maxBytes: number): Promise<Uint8Array>
  /** A body as it comes, no more of it at once than is asked for. */
  stream(source: ReadableStream<Uint8Array>, maxBytes: number): ReadableStream<Uint8Array>
}

type Transform = ReturnType<typeof zlib.createGunzip>
/** Of zlib, which with `info` gives the engine as well, and so how much of the input it has taken. */
type Whole = (
  bytes: Uint8Array,
  options: { maxOutputLength: number; info: true },
  done: (error: Error | null, result: unknown) => void,
) => void
interface Info {
  readonly buffer: Uint8Array
  readonly engine: { readonly bytesWritten: number }
}

/** By their codings, those that this runtime has: Node 22 has zstd since 22.15. */
function makeDecoders(): Readonly<Record<string, Decoder>> {
  const zlib = nodeZlib()
  return Object.assign(Object.create(null), {
    gzip: decoder('gzip', zlib.gunzip, zlib.createGunzip),
    // RFC 9110, section 8.4.1.3: an old name, to be taken for the same.
    'x-gzip': decoder('gzip', zlib.gunzip, zlib.createGunzip),
    deflate: decoder('deflate', zlib.inflate, zlib.createInflate),
    br: decoder('br', zlib.brotliDecompress, zlib.createBrotliDecompress),
    ...('zstdDecompress' in zlib && { zstd: zstd() }),
  })
}

let decoders: Readonly<Record<string, Decoder>> | undefined

/**
 * Finds the decoder for a `content-encoding`; `undefined` for none, and for `identity`.
 *
 * @throws {HttpError} `unsupported_media_type` for codings that are not known, and for several: each would
 *   multiply what the one before has made
 */
export function decoderOf(contentEncoding: string | undefined): Decoder | undefined {
  const coding = contentEncoding?.trim().toLowerCase()
  if (coding === undefined || coding === 'identity') return undefined
  decoders ??= makeDecoders()
  const found = decoders[coding]
  if (found) return found
  // Of a body that cannot be decoded, what could be (RFC 9110, section 12.5.3).
  const acceptEncoding = Object.keys(decoders)
    .filter((coding) => coding !== 'x-gzip')
    .join(', ')
  throw codedError('unsupported_media_type', `This operation takes bodies in one of the codings ${acceptEncoding}`, {
    headers: { 'accept-encoding': acceptEncoding },
  })
}

/** Of an operation that takes no compressed bodies. @throws {HttpError} `unsupported_media_type` */
export function refuseCoding(contentEncoding: string): void {
  if (contentEncoding.trim().toLowerCase() === 'identity') return
  throw codedError('unsupported_media_type', 'This operation takes no compressed bodies', {
    headers: { 'accept-encoding': 'identity' },
  })
}

function zstd(): Decoder {
  const zlib = nodeZlib()
  // RFC 9659, section 3: 8 MiB. A frame may ask for 128, which few bytes fill for as long as a client waits.
  const params = { [zlib.constants.ZSTD_d_windowLogMax]: 23 }
  const stream = (frames: ReadableStream<Uint8Array>, maxBytes: number) =>
    streamed(frames, zlib.createZstdDecompress({ params }), 'zstd', maxBytes)
  const cut = (source: ReadableStream<Uint8Array>) => {
    const frames = new ZstdFrames()
    return source.pipeThrough(
      new TransformStream<Uint8Array, Uint8Array>({
        transform: (chunk, controller) => {
          for (const piece of frames.cut(chunk)) controller.enqueue(piece)
        },
      }),
    )
  }
  return {
    whole: async (bytes, maxBytes) => {
      const pieces: Uint8Array[] = []
      const source = ReadableStream.from(new ZstdFrames().cut(bytes))
      for await (const piece of stream(source, maxBytes)) pieces.push(piece)
      return Buffer.concat(pieces)
    },
    stream: (source, maxBytes) => stream(cut(source), maxBytes),
  }
}

function decoder(name: string, decompress: Whole, createTransform: () => Transform): Decoder {
  return {
    whole: (bytes, maxBytes) =>
      new Promise((resolve, reject) => {
        // zlib wants a number from 1 that a buffer can have.
        const maxOutputLength = Math.min(Math.max(maxBytes, 1), maxBufferBytes)
        decompress(bytes, { maxOutputLength, info: true }, (error, result) => {
          if (error) return reject(isTooLarge(error) ? tooLarge(maxBytes) : malformed(name, error))
          const { buffer, engine } = result as Info
          if (buffer.byteLength > maxBytes) reject(tooLarge(maxBytes))
          else if (engine.bytesWritten < bytes.byteLength) reject(goesOn(name))
          else resolve(buffer)
        })
      }),
    stream: (source, maxBytes) => streamed(source, createTransform(), name, maxBytes),
  }
}

const maxBufferBytes = 2 ** 31 - 1

function streamed(
  source: ReadableStream<Uint8Array>,
  transform: Transform,
  name: string,
  maxBytes: number,
): ReadableStream<Uint8Array> {
  let size = 0
  let failure: unknown
  let taken = 0
  const counted = source.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform: (chunk, controller) => {
        taken += chunk.byteLength
        controller.enqueue(chunk)
      },
    }),
  )
  const input = Readable.fromWeb(counted as Parameters<typeof Readable.fromWeb>[0])
  input.once('error', (error) => (failure = error))
  // Whoever reads the transform is told of the failure.
  pipeline(input, transform, () => undefined)
  const pieces = transform[Symbol.asyncIterator]()
  return new ReadableStream<Uint8Array>(
    {
      pull: async (controller) => {
        try {
          const { done, value } = await pieces.next()
          if (done && taken > transform.bytesWritten) return controller.error(goesOn(name))
          if (done) return controller.close()
          size += (value as Buffer).byteLength
          if (size <= maxBytes) return controller.enqueue(value)
        } catch (error) {
          return controller.error(failure ?? malformed(name, error))
        }
        controller.error(tooLarge(maxBytes))
        transform.destroy()
      },
      cancel: () => void transform.destroy(),
    },
    { highWaterMark: 0 },
  )
}

function isTooLarge(error: Error & { readonly code?: string }): boolean {
  return error.code === 'ERR_BUFFER_TOO_LARGE'
}

/** zlib stops at the end of what it has decoded, such as the first of several frames, and says nothing of the rest. */
function goesOn(name: string): Error {
  return codedError('malformed_body', `The body goes on behind the end of what is of the coding ${name}`)
}

function malformed(name: string, cause: unknown): Error {
  return codedError('malformed_body', `The body is not whole, or not of the coding ${name}`, { cause })
}
