import { setImmediate } from 'node:timers/promises'
import { App, event, HttpError, jsonl, sse } from 'millrace'
import { ClientError, type ClientStream, createClient } from 'millrace/client'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { describeTransports, type Served } from './support/serve.ts'

/** Tells of what happened in a handler, in order. */
interface Trace {
  readonly seen: string[]
  /** Resolves when the handler of `/endless` has ended. */
  readonly ended: Promise<void>
}

function makeApi() {
  const app = new App({ logger: false })
  const ended = Promise.withResolvers<void>()
  const trace: Trace = { seen: [], ended: ended.promise }
  const api = {
    count: app.get('/count', { response: sse(z.object({ n: z.number() })) }, async function* () {
      yield { n: 1 }
      yield { n: 2 }
    }),
    chat: app.post(
      '/chat',
      {
        body: z.object({ prompt: z.string() }),
        response: sse({ token: z.string(), done: z.object({ total: z.number() }) }),
      },
      async function* ({ body }) {
        yield { event: 'token', data: `${body.prompt}\nü` }
        yield { event: 'done', data: { total: 1 }, id: '7' }
      },
    ),
    lines: app.get('/lines', { response: jsonl(z.unknown()) }, function* () {
      yield { n: 1 }
      yield 'zwei'
      yield { error: 'an item of its own' }
      yield null
    }),
    undeclared: app.get('/undeclared', async function* () {
      yield new Date(0)
    }),
    refused: app.get('/refused', { response: sse(z.number()) }, async function* () {
      yield* [] as number[]
      throw new HttpError(409, 'Busy', { code: 'busy' })
    }),
    failsLate: app.get('/fails-late', { response: sse(z.number()) }, async function* () {
      yield 1
      throw new HttpError(503, 'The model has gone', { code: 'model_gone' })
    }),
    lineFailsLate: app.get('/line-fails-late', { response: jsonl(z.number()) }, async function* () {
      yield 1
      throw new HttpError(503, 'The model has gone', { code: 'model_gone' })
    }),
    endless: app.get('/endless', { response: sse(z.number()) }, async function* ({ signal }) {
      signal.addEventListener('abort', () => trace.seen.push('aborted'))
      try {
        for (let n = 1; ; n++) {
          yield n
          await setImmediate()
        }
      } finally {
        trace.seen.push('ended')
        ended.resolve()
      }
    }),
    value: app.get('/value', { response: z.number() }, () => 1),
  }
  return { app, api, trace }
}

type Api = ReturnType<typeof makeApi>['api']

const clientOf = ({ url, request }: Served) =>
  createClient<Api>({ baseUrl: url, fetch: (target, init) => request(target.slice(url.length), init) })

async function drain(stream: AsyncIterable<unknown>): Promise<{ items: unknown[]; error: unknown }> {
  const items: unknown[] = []
  try {
    for await (const item of stream) items.push(item)
  } catch (error) {
    return { items, error }
  }
  return { items, error: undefined }
}

describeTransports('a stream of the client', (serve) => {
  const open = async () => {
    const { app, trace } = makeApi()
    return { client: clientOf(await serve(app)), trace }
  }

  it('gives the items of an event stream, and of JSON Lines', async () => {
    const { client } = await open()
    expect(await drain(client.get('/count'))).toEqual({ items: [{ n: 1 }, { n: 2 }], error: undefined })
    expect((await drain(client.get('/lines'))).items).toEqual([{ n: 1 }, 'zwei', { error: 'an item of its own' }, null])
    expect((await drain(client.get('/undeclared'))).items).toEqual(['1970-01-01T00:00:00.000Z'])
  })

  it('gives named events', async () => {
    const { client } = await open()
    expect((await drain(client.post('/chat', { body: { prompt: 'a' } }))).items).toEqual([
      { event: 'token', data: 'a\nü' },
      { event: 'done', data: { total: 1 }, id: '7' },
    ])
  })

  it('sends a request for each loop, and none before', async () => {
    const { client } = await open()
    const stream = client.get('/count')
    expect((await drain(stream)).items).toEqual([{ n: 1 }, { n: 2 }])
    expect((await drain(stream)).items).toEqual([{ n: 1 }, { n: 2 }])
  })

  it('stays a stream on the way out of an async function', async () => {
    const { client } = await open()
    const find = async (): Promise<ClientStream<{ n: number }>> => client.get('/count')
    const stream = await find()
    expect((await stream.response()).headers.get('content-type')).toBe('text/event-stream; charset=utf-8')
    expect((await drain(stream)).items).toEqual([{ n: 1 }, { n: 2 }])
  })

  it('throws where the stream is refused', async () => {
    const { client } = await open()
    const { items, error } = await drain(client.get('/refused'))
    expect(items).toEqual([])
    expect(error).toBeInstanceOf(ClientError)
    expect((error as ClientError).problem).toMatchObject({ status: 409, code: 'busy' })
  })

  it.each(['/fails-late', '/line-fails-late'] as const)('throws what %s tells after its first item', async (path) => {
    const { client } = await open()
    const { items, error } = await drain(client.get(path))
    expect(items).toEqual([1])
    expect(error).toBeInstanceOf(ClientError)
    const { status, problem, message } = error as ClientError
    expect([status, problem?.code, message]).toEqual([
      503,
      'model_gone',
      `GET ${path} was answered with 503: The model has gone`,
    ])
  })

  it('throws where the answer is no stream', async () => {
    const { client } = await open()
    const value: unknown = client.get('/value')
    const { error } = await drain(value as AsyncIterable<unknown>)
    expect(error).toEqual(new TypeError("GET /value was not answered with a stream but with 'application/json'"))
  })

  it('ends the handler when the loop is left', async () => {
    const { client, trace } = await open()
    for await (const n of client.get('/endless')) if (n === 3) break
    await trace.ended
    expect(trace.seen.sort()).toEqual(['aborted', 'ended'])
  })

  it('ends the handler when the signal is aborted', async () => {
    const { client, trace } = await open()
    const controller = new AbortController()
    const items: number[] = []
    const read = async () => {
      for await (const n of client.get('/endless', { signal: controller.signal })) {
        items.push(n)
        if (n === 2) controller.abort()
      }
    }
    await expect(read()).rejects.toMatchObject({ name: 'AbortError' })
    expect(items.slice(0, 2)).toEqual([1, 2])
    await trace.ended
    expect(trace.seen.sort()).toEqual(['aborted', 'ended'])
  })
})

/** A stream as these bytes, cut into pieces of a size. */
function clientOfBytes(bytes: Uint8Array, size: number, type = 'text/event-stream') {
  return createClient<Api>({
    baseUrl: 'http://127.0.0.1',
    fetch: async () => {
      let start = 0
      const body = new ReadableStream({
        pull(controller) {
          if (start >= bytes.length) return controller.close()
          controller.enqueue(bytes.slice(start, (start += size)))
        },
      })
      return new Response(body, { headers: { 'content-type': type } })
    },
  })
}

it.each([1, 2, 3, 7, 1_000])('reads event streams by the rules, in pieces of %i bytes', async (size) => {
  const source = [
    '\ufeff: a comment\n',
    'data: "ü€😀"\r\n\r\n',
    'data:{"a":\rdata: 1}\r\r',
    'event: named\nid: 1\ndata: 2\n\n',
    'event\nid: with\0null\nretry: 10\nunknown: x\ndata: 3\n\n',
    'event: without data\n\n',
    'data: 4\r\n\n',
    'id\nevent: last\ndata: 5\n\r\n',
    'data: "cut off"\n',
  ].join('')
  const client = clientOfBytes(new TextEncoder().encode(source), size)
  expect(await drain(client.get('/count'))).toEqual({
    items: ['ü€😀', { a: 1 }, { event: 'named', data: 2, id: '1' }, 3, 4, { event: 'last', data: 5 }],
    error: undefined,
  })
})

it.each([1, 2, 1_000])('reads JSON Lines in pieces of %i bytes', async (size) => {
  const bytes = new TextEncoder().encode('{"a":"ü"}\r\n\n1\n"the last has no line end"')
  const client = clientOfBytes(bytes, size, 'application/jsonl; charset=utf-8')
  expect(await drain(client.get('/lines'))).toEqual({
    items: [{ a: 'ü' }, 1, 'the last has no line end'],
    error: undefined,
  })
})

it('takes a line of JSON Lines for a failure only if it is the last', async () => {
  const problem = { type: 'about:blank', title: 'Conflict', status: 409, detail: 'Busy' }
  const line = JSON.stringify({ error: problem })
  const read = (text: string) =>
    drain(clientOfBytes(new TextEncoder().encode(text), 1_000, 'application/jsonl; charset=utf-8').get('/lines'))
  expect(await read(`${line}\n${line}\n1\n`)).toEqual({
    items: [{ error: problem }, { error: problem }, 1],
    error: undefined,
  })
  const { items, error } = await read(`1\n${line}\n${line}\n`)
  expect(items).toEqual([1, { error: problem }])
  expect((error as ClientError).problem).toEqual(problem)
})

it('data that is not JSON is given as it is', async () => {
  const app = new App()
  const events = app.get('/', { response: sse(z.object({ token: z.string() })) }, async function* () {
    yield { token: 'a' }
    yield event({ raw: '[DONE]' })
  })
  const client = createClient<{ events: typeof events }>({
    baseUrl: 'http://localhost',
    fetch: (url, init) => app.fetch(new Request(url, init)),
  })
  const received: unknown[] = []
  for await (const item of client.get('/')) received.push(item)
  expect(received).toEqual([{ token: 'a' }, '[DONE]'])
})
