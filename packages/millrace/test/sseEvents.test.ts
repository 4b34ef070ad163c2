import { App, event, sse } from 'millrace'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { describeTransports, recorder } from './support/serve.ts'

describeTransports('event()', (serve) => {
  it('writes every field, in any event stream', async () => {
    const app = new App()
    app.get('/', { response: sse(z.object({ n: z.int() })) }, async function* () {
      yield event({ comment: 'two\r\nlines' })
      yield { n: 1 }
      yield event({ comment: 'all', event: 'named', data: { n: 2, secret: 1 }, id: 'a', retryMs: 10 })
      yield event({ raw: 'first\nsecond\rthird\r\n' })
      yield event({ id: '' })
      yield event({ raw: '' })
      yield event({ retryMs: 0 })
    })
    const { request } = await serve(app)
    expect(await (await request('/')).text()).toBe(
      ': two\n: lines\n\n' +
        'data: {"n":1}\n\n' +
        ': all\nevent: named\ndata: {"n":2}\nid: a\nretry: 10\n\n' +
        'data: first\ndata: second\ndata: third\ndata: \n\n' +
        'id: \n\n' +
        'data: \n\n' +
        'retry: 0\n\n',
    )
  })

  it('takes its place among named events, and `message` is the schema of those without a name', async () => {
    const app = new App()
    app.get('/', { response: sse({ message: z.number(), done: z.string() }) }, function* () {
      yield event({ data: 1 })
      yield { event: 'done', data: 'x' }
      yield event({ event: 'done', data: 'y', id: '2' })
      yield event({ raw: '[DONE]' })
    })
    const { request } = await serve(app)
    expect(await (await request('/')).text()).toBe(
      'data: 1\n\nevent: done\ndata: "x"\n\nevent: done\ndata: "y"\nid: 2\n\ndata: [DONE]\n\n',
    )
  })

  it('needs no schema', async () => {
    const app = new App()
    app.get('/', { response: sse() }, function* () {
      yield { a: new Date(0) }
      yield event({ data: 'text', event: 'error' })
    })
    const { request } = await serve(app)
    expect(await (await request('/')).text()).toBe(
      'data: {"a":"1970-01-01T00:00:00.000Z"}\n\nevent: error\ndata: "text"\n\n',
    )
  })

  it('whose data does not fit is a failure', async () => {
    const log = recorder()
    const app = new App({ logger: log.logger })
    app.get('/schema', { response: sse(z.number()) }, function* () {
      yield event({ data: 'one' as never })
    })
    app.get('/name', { response: sse({ done: z.string() }) }, function* () {
      yield event({ data: 'x', event: 'other' })
    })
    app.get('/none', { response: sse({ done: z.string() }) }, function* () {
      yield event({ data: 'x' })
    })
    const { request } = await serve(app)
    for (const path of ['/schema', '/name', '/none']) expect((await request(path)).status, path).toBe(500)
    expect(log.takeErrors().map(({ error }) => error)).toEqual([
      'The result of GET /schema does not fit its response schema: (root): Invalid input: expected number, received string',
      "The result of GET /name does not fit its response schema: 'other' is not one of its events",
      "The result of GET /none does not fit its response schema: 'message' is not one of its events",
    ])
  })
})

describe('event() refuses', () => {
  it.each<[string, () => unknown, string]>([
    ['a name of two lines', () => event({ event: 'a\nb' }), 'The name of an event must not hold a line break or NUL'],
    ['an id of two lines', () => event({ id: 'a\rb' }), 'The id of an event must not hold a line break or NUL'],
    ['NUL in an id', () => event({ id: 'a\0' }), 'The id of an event must not hold a line break or NUL'],
    [
      'a part of a millisecond',
      () => event({ retryMs: 0.5 }),
      'retryMs of an event has to be a whole number from 0, not 0.5',
    ],
    ['less than no time', () => event({ retryMs: -1 }), 'retryMs of an event has to be a whole number from 0, not -1'],
    ['both forms of data', () => event({ data: 1, raw: '1' }), 'An event has either data or raw, not both'],
    ['nothing', () => event({}), 'An event needs one of data, raw, event, id, retryMs and comment'],
  ])('%s', (_name, make, message) => {
    expect(make).toThrow(new TypeError(message))
  })
})

it('a stream without a schema is described as any events', () => {
  const app = new App()
  app.get('/', { response: sse() }, function* () {
    yield 1
  })
  expect(app.openapi({ openapiVersion: '3.2' }).paths?.['/']).toMatchObject({
    get: {
      responses: {
        200: {
          content: {
            'text/event-stream': {
              itemSchema: {
                type: 'object',
                properties: {
                  event: { type: 'string' },
                  data: { type: 'string' },
                  id: { type: 'string' },
                  retry: { type: 'integer', minimum: 0 },
                },
              },
            },
          },
        },
      },
    },
  })
})
