import type { RequestContext } from '../input/context.ts'
import { Answer } from '../serve/answer.ts'
import { HeaderList } from '../serve/headers.ts'
import type { MaybePromise } from '../serve/maybePromise.ts'
import { responseTrailers, Trailers } from '../serve/trailers.ts'
import { rawFormat } from './formats.ts'
import { open, readerOf } from './streamAnswer.ts'

/**
 * A web `Response` as an answer. A body that is there at once is sent with its length; any other is not buffered.
 *
 * @throws what its body fails with, where it fails at once
 */
export function answerOf(response: Response, context: RequestContext): MaybePromise<Answer> {
  const headers = HeaderList['~of'](...[...response.headers].flat())
  dropUntrue(headers, response)
  const { status, body } = response
  if (body === null) return new Answer(status, headers, null)
  const chunks = readerOf(body)
  if (headers.has('content-length')) return new Answer(status, headers, open(chunks, rawFormat, context, 0))
  const trailers = responseTrailers.get(response)
  if (trailers) {
    const answer = new Answer(status, headers, open(chunks, rawFormat, context, 0))
    answer.trailers = new Trailers(trailers)
    return answer
  }
  return bodyOf(chunks, context).then((whole) => new Answer(status, headers, whole))
}

/**
 * A `Response` does not tell what it was made of. Of a string, bytes or a `Blob` it has one chunk and its end: a
 * stream that has both within two turns of the event loop, which is what a `Blob` takes, is one of these.
 */
async function bodyOf(chunks: AsyncIterator<unknown>, context: RequestContext): Promise<Answer['body']> {
  const late = Promise.withResolvers<undefined>()
  const turns = setImmediate(() => setImmediate(() => late.resolve(undefined)))
  const taken = [chunks.next()]
  const first = await Promise.race([taken[0], late.promise])
  const isBytes = first?.value instanceof Uint8Array
  if (first?.done === false && isBytes) taken.push(chunks.next())
  const end = taken.length === 1 ? first : await Promise.race([taken[1], late.promise])
  clearImmediate(turns)
  if (end?.done) return isBytes ? first.value : new Uint8Array()
  return open(resumed(taken, chunks), rawFormat, context, 0)
}

/** The same chunks, those first that have been asked for already. */
function resumed(taken: Promise<IteratorResult<unknown>>[], chunks: AsyncIterator<unknown>): AsyncIterator<unknown> {
  return {
    next: () => taken.shift() ?? chunks.next(),
    return: async () => (await chunks.return?.()) ?? { done: true, value: undefined },
  }
}

/** RFC 9110, section 7.6.1: these are of the connection that they came over. */
const hopByHop = ['connection', 'keep-alive', 'proxy-connection', 'te', 'trailer', 'transfer-encoding', 'upgrade']

/** Those that every `fetch` undoes; of any other it leaves the whole body as it came. */
const decoded = /^((x-)?gzip|deflate|br)(\s*,\s*((x-)?gzip|deflate|br))*$/i

/** Takes away what was true of a body on its way to us, and is not any more. */
function dropUntrue(headers: HeaderList, response: Response): void {
  for (const name of headers.get('connection')?.split(',') ?? []) headers.delete(name.trim())
  for (const name of hopByHop) headers.delete(name)
  // Only one that was fetched has an address. Its body has been decoded, which its headers do not tell.
  if (response.url !== '' && decoded.test(headers.get('content-encoding') ?? '')) {
    headers.delete('content-encoding')
    headers.delete('content-length')
  }
}
