import { pipeline, Readable } from 'node:stream'
import zlib from 'node:zlib'
import { codedError } from '../errors/codedError.ts'
import { tooLarge } from '../serve/bodyErrors.ts'

/** How the coding of a body is undone (RFC 9110, section 8.4.1). */
export interface Decoder {
  /** A whole body. Stops as soon as more than `maxBytes` have come out. */
  whole(bytes: Uint8Array, maxBytes: number): Promise<Uint8Array>
  /** A body as it comes, no more of it at once than is asked for. */
  stream(source: ReadableStream<Uint8Array>, maxBytes: number): ReadableStream<Uint8Array>
}

type Transform = ReturnType<typeof zlib.createGunzip>
type Whole = (
  bytes: Uint8Array,
  options: { maxOutputLength: number },
  done: (error: Error | null, result: Buffer) => void,
) => void

const decoders: Readonly<Record<string, Decoder>> = Object.assign(Object.create(null), {
  gzip: decoder('gzip', zlib.gunzip, zlib.createGunzip),
  // RFC 9110, section 8.4.1.3: an old name, to be taken for the same.
  'x-gzip': decoder('gzip', zlib.gunzip, zlib.createGunzip),
  deflate: decoder('deflate', zlib.inflate, zlib.createInflate),
  br: decoder('br', zlib.brotliDecompress, zlib.createBrotliDecompress),
  // Node 22 has it since 22.15.
  ...('zstdDecompress' in zlib && { zstd: decoder('zstd', zlib.zstdDecompress, zlib.createZstdDecompress) }),
})

/** Of a body that cannot be decoded, what could be (RFC 9110, section 12.5.3). */
const acceptEncoding = Object.keys(decoders)
  .filter((coding) => coding !== 'x-gzip')
  .join(', ')

/**
 * Finds the decoder for a `content-encoding`; `undefined` for none, and for `identity`.
 *
 * @throws {HttpError} `unsupported_media_type` for codings that are not known, and for several: each would
 *   multiply what the one before has made
 */
export function decoderOf(contentEncoding: string | undefined): Decoder | undefined {
  const coding = contentEncoding?.trim().toLowerCase()
  if (coding === undefined || coding === 'identity') return undefined
  const found = decoders[coding]
  if (found) return found
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

function decoder(name: string, decompress: Whole, createTransform: () => Transform): Decoder {
  return {
    whole: (bytes, maxBytes) =>
      new Promise((resolve, reject) => {
        // zlib wants a number from 1 that a buffer can have.
        const maxOutputLength = Math.min(Math.max(maxBytes, 1), maxBufferBytes)
        decompress(bytes, { maxOutputLength }, (error, result) => {
          if (!error && result.byteLength <= maxBytes) resolve(result)
          else if (!error || isTooLarge(error)) reject(tooLarge(maxBytes))
          else reject(malformed(name, error))
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
  const input = Readable.fromWeb(source as Parameters<typeof Readable.fromWeb>[0])
  input.once('error', (error) => (failure = error))
  // Whoever reads the transform is told of the failure.
  pipeline(input, transform, () => undefined)
  const pieces = transform[Symbol.asyncIterator]()
  return new ReadableStream<Uint8Array>(
    {
      pull: async (controller) => {
        try {
          const { done, value } = await pieces.next()
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

function malformed(name: string, cause: unknown): Error {
  return codedError('malformed_body', `The body is not whole, or not of the coding ${name}`, { cause })
}
