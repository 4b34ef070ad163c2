import { closeAllWith, closeScope } from '../depend/cleanup.ts'
import { HttpError } from '../errors/HttpError.ts'
import { ResponseError } from '../errors/ResponseError.ts'
import type { RequestContext } from '../input/context.ts'
import { runWithin } from '../input/runWithin.ts'
import { Answer } from '../serve/answer.ts'
import { isReadableStream } from '../serve/webClasses.ts'
import { type ItemFormat, ItemStream } from './itemStream.ts'

type Source = AsyncIterator<unknown> | Iterator<unknown>

/** How an operation streams. */
export interface Streaming {
  readonly mediaType: string
  readonly format: ItemFormat
  /** Of the operation, for messages. */
  readonly name: string
  readonly heartbeatMs: number
}

/** Answers with the items of a generator or another iterable, once the first one is there. */
export async function streamAnswer(
  value: unknown,
  status: number,
  { mediaType, format, name, heartbeatMs }: Streaming,
  context: RequestContext,
): Promise<Answer> {
  const stream = open(sourceOf(value, name), format, context, heartbeatMs)
  await stream.start()
  const headers = ['content-type', mediaType]
  // nginx buffers event streams unless told otherwise (its header X-Accel-Buffering).
  if (format.heartbeat !== undefined) headers.push('cache-control', 'no-cache', 'x-accel-buffering', 'no')
  return new Answer(status, headers, stream)
}

/** Items on their way, held open by the request. */
export function open(source: Source, format: ItemFormat, context: RequestContext, heartbeatMs: number): ItemStream {
  const stream = new ItemStream(within(context, source), format, {
    heartbeatMs,
    onEnd: bound(context, () => closeScope(context, 'handler')),
    onFailure: bound(context, async (thrown: unknown) => {
      context['~work'] = undefined
      const error = await closeAllWith(context, context['~causeOf'](thrown))
      if (!(error instanceof HttpError)) {
        context.log.error('A stream failed', { error, method: context.method, path: context.path })
        context['~host'].onFailure(error, context)
      }
      return error
    }),
  })
  context['~holdStream'](stream)
  return stream
}

/** A source that is pulled and ended from outside, as by the reader of a web `Response`, still runs within its context. */
function within(context: RequestContext, source: Source): Source {
  const run = runWithin()
  if (run === undefined) return source
  return {
    next: () => run(context, () => source.next()) as Promise<IteratorResult<unknown>>,
    return: async () => (await run(context, () => source.return?.())) ?? { done: true, value: undefined },
  }
}

function bound<A extends readonly unknown[], R>(context: RequestContext, work: (...args: A) => R): (...args: A) => R {
  const run = runWithin()
  return run === undefined ? work : (...args) => run(context, work, ...args)
}

function sourceOf(value: unknown, name: string): Source {
  if (isReadableStream(value)) return readerOf(value)
  if (typeof value === 'object' && value !== null) {
    if (Symbol.asyncIterator in value) return (value as AsyncIterable<unknown>)[Symbol.asyncIterator]()
    if (Symbol.iterator in value) return (value as Iterable<unknown>)[Symbol.iterator]()
  }
  throw new ResponseError(name, ['(root): expected a generator or another iterable for a stream'])
}

/** Unlike the iterator that a web stream has itself, this one can be ended while it waits for the next chunk. */
export function readerOf(stream: ReadableStream<unknown>): AsyncIterator<unknown> {
  const reader = stream.getReader()
  return {
    next: () => reader.read() as Promise<IteratorResult<unknown>>,
    return: async () => {
      await reader.cancel()
      return { done: true, value: undefined }
    },
  }
}
