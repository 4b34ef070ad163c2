import { ClientError, isProblem } from './ClientError.ts'
import { SseParser } from './sse.ts'

/** An answer together with the request, such as `GET /items`, that asked for it. */
export interface Answered {
  readonly request: string
  readonly response: Response
}

function mediaTypeOf(response: Response): string {
  return (response.headers.get('content-type') ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? ''
}

/** Whether the answer is a stream of items. */
export function isItemStream(response: Response): boolean {
  return ['text/event-stream', 'application/jsonl'].includes(mediaTypeOf(response))
}

/** The body by its media type: parsed JSON, text, or bytes; `undefined` where there is none. */
async function bodyOf(response: Response): Promise<unknown> {
  if (response.body === null || response.status === 204) return undefined
  const type = mediaTypeOf(response)
  if (type === 'text/plain' || type === 'text/html') return response.text()
  if (type !== 'application/json' && !type.endsWith('+json')) return new Uint8Array(await response.arrayBuffer())
  const text = await response.text()
  return text === '' ? undefined : JSON.parse(text)
}

/** The value of an answer. @throws {ClientError} when its status is not one of success */
export async function readValue({ request, response }: Answered): Promise<unknown> {
  if (response.ok) return bodyOf(response)
  throw await errorOf({ request, response })
}

/** What an answer tells that is none of success. A body that cannot be read takes nothing from the status. */
export async function errorOf({ request, response }: Answered): Promise<ClientError> {
  const body = await bodyOf(response).catch(() => undefined)
  return new ClientError({ request, status: response.status, body, response })
}

/**
 * The items of an answer: of an event stream what `data` holds (its JSON, else its text), or `{ event, data, id }` where events are
 * named; of JSON Lines each line.
 *
 * @throws {ClientError} when the answer is none of success, and when the stream tells of a failure
 */
export async function* readItems(answered: Answered): AsyncGenerator<unknown, void, undefined> {
  const { response, request } = answered
  if (!response.ok) throw await errorOf(answered)
  if (!isItemStream(response) || response.body === null)
    throw new TypeError(`${request} was not answered with a stream but with '${mediaTypeOf(response)}'`)
  const items = mediaTypeOf(response) === 'application/jsonl' ? jsonLines(answered) : events(answered)
  yield* items
}

async function* events(answered: Answered): AsyncGenerator<unknown, void, undefined> {
  const parser = new SseParser()
  for await (const text of textOf(answered.response))
    for (const { event, data, id } of parser.push(text)) {
      const value = jsonOrText(data)
      if (event === 'error') throw failure(value, answered)
      if (event === '') yield value
      else yield id === '' ? { event, data: value } : { event, data: value, id }
    }
}

/** An event may hold text that is not JSON, such as the `[DONE]` of OpenAI's streams. */
function jsonOrText(data: string): unknown {
  try {
    return JSON.parse(data)
  } catch {
    return data
  }
}

/** A failure is the last line: one that looks like it and has others after it is an item. */
async function* jsonLines(answered: Answered): AsyncGenerator<unknown, void, undefined> {
  let suspect: { readonly error: unknown } | undefined
  for await (const line of linesOf(answered.response)) {
    if (suspect) yield suspect
    suspect = undefined
    const value: unknown = JSON.parse(line)
    if (isFailure(value)) suspect = value
    else yield value
  }
  if (suspect) throw failure(suspect.error, answered)
}

async function* linesOf(response: Response): AsyncGenerator<string, void, undefined> {
  let rest = ''
  for await (const text of textOf(response)) {
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) if (line.trim() !== '') yield line
  }
  if (rest.trim() !== '') yield rest
}

/** `{"error": …}` with a problem object, which is how a server tells of a failure. */
function isFailure(value: unknown): value is { readonly error: unknown } {
  return (
    typeof value === 'object' &&
    value !== null &&
    'error' in value &&
    Object.keys(value).length === 1 &&
    isProblem(value.error)
  )
}

function failure(body: unknown, { request, response }: Answered): ClientError {
  const status = isProblem(body) ? body.status : response.status
  return new ClientError({ request, status, body, response })
}

async function* textOf(response: Response): AsyncGenerator<string, void, undefined> {
  const decoder = new TextDecoder()
  // By a reader: not every browser can iterate over a stream.
  const reader = (response.body as ReadableStream<Uint8Array>).getReader()
  try {
    for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read())
      yield decoder.decode(chunk.value, { stream: true })
    yield decoder.decode()
  } finally {
    await reader.cancel().catch(() => undefined)
  }
}
