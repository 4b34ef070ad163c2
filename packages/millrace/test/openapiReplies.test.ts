import { type } from 'arktype'
import { App, bytes, dependency, file, form, html, jsonl, sendFile, sse, text } from 'millrace'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { at, type Json } from './support/openapiDocument.ts'

describe('a reply', () => {
  const replyOf = (app: App, version: '3.1' | '3.2' = '3.1', status = '200') =>
    at(app.openapi({ openapiVersion: version }), 'paths', '/', 'get', 'responses', status)

  it.each([
    ['text', text(), 'text/plain', { type: 'string' }],
    ['HTML', html(), 'text/html', { type: 'string' }],
    ['an image', bytes('image/png'), 'image/png', { type: 'string', format: 'binary' }],
  ])('of %s has its media type', (_name, response, mediaType, schema) => {
    const app = new App()
    app.get('/', { response }, () => new Response())
    expect(replyOf(app)).toEqual({ description: 'Success', content: { [mediaType]: { schema } } })
  })

  it('of a file may come in parts, or not at all', () => {
    const app = new App()
    app.get('/', { response: file('application/pdf') }, () => sendFile('report.pdf'))
    const schema = { type: 'string', format: 'binary' }
    expect(replyOf(app)).toEqual({ description: 'Success', content: { 'application/pdf': { schema } } })
    expect(replyOf(app, '3.1', '206')).toEqual({
      description: 'The parts that the header `range` asks for',
      content: { 'application/pdf': { schema }, 'multipart/byteranges': { schema } },
    })
    expect(replyOf(app, '3.1', '304')).toEqual({ description: 'The client has it already' })
  })

  it('that may have no body has none', () => {
    const app = new App()
    app.get('/', { status: 204 }, () => undefined)
    expect(replyOf(app, '3.1', '204')).toEqual({ description: 'No content' })
  })

  const data = (contentSchema: Json) => ({ type: 'string', contentMediaType: 'application/json', contentSchema })
  const failed = {
    title: 'error',
    type: 'object',
    properties: { event: { type: 'string', const: 'error' }, data: data({ $ref: '#/components/schemas/Problem' }) },
    required: ['event', 'data'],
  }
  const last = 'A failure after the first event is a last event `error` with a problem object.'

  it('of server-sent events has the schema of one event', () => {
    const app = new App()
    app.get('/', { response: sse(z.object({ n: z.int() })) }, async function* () {
      yield { n: 1 }
    })
    const itemSchema = {
      oneOf: [
        {
          title: 'message',
          type: 'object',
          properties: {
            event: { type: 'string', const: 'message' },
            data: data({ type: 'object', properties: { n: { type: 'integer' } }, required: ['n'] }),
          },
          required: ['data'],
        },
        failed,
      ],
    }
    const description = `Server-sent events, each with the JSON of an item as its data. ${last}`
    expect(replyOf(app, '3.2')).toEqual({ description, content: { 'text/event-stream': { itemSchema } } })
    expect(replyOf(app, '3.1')).toEqual({
      description,
      content: {
        'text/event-stream': { schema: { type: 'string', contentMediaType: 'text/event-stream', itemSchema } },
      },
    })
  })

  it('of named events has a schema for each of them', () => {
    const app = new App()
    app.get('/', { response: sse({ token: z.string(), done: z.object({ tokens: z.int() }) }) }, async function* () {
      yield { event: 'token', data: 'a' }
    })
    const named = (name: string, schema: Json) => ({
      title: name,
      type: 'object',
      properties: {
        event: { type: 'string', const: name },
        data: data(schema),
        id: { type: 'string' },
        retry: { type: 'integer', minimum: 0 },
      },
      required: ['event', 'data'],
    })
    expect(replyOf(app, '3.2')).toEqual({
      description: `Server-sent events \`token\`, \`done\`, each with JSON as its data. ${last}`,
      content: {
        'text/event-stream': {
          itemSchema: {
            oneOf: [
              named('token', { type: 'string' }),
              named('done', { type: 'object', properties: { tokens: { type: 'integer' } }, required: ['tokens'] }),
              failed,
            ],
          },
        },
      },
    })
  })

  it('of JSON Lines has the schema of one item', () => {
    const app = new App()
    app.get('/', { response: jsonl(z.int()) }, async function* () {
      yield 1
    })
    expect(at(app.openapi({ openapiVersion: '3.2' }), 'paths', '/', 'get', 'responses', '200', 'content')).toEqual({
      'application/jsonl': { itemSchema: { type: 'integer' } },
    })
    expect(at(app.openapi(), 'paths', '/', 'get', 'responses', '200', 'content')).toEqual({
      'application/jsonl': {
        schema: { type: 'string', contentMediaType: 'application/jsonl', itemSchema: { type: 'integer' } },
      },
    })
  })
})

describe('what JSON has no type for', () => {
  it('is described as answers write it', async () => {
    const app = new App()
    const response = z.object({
      at: z.date(),
      big: z.bigint(),
      map: z.map(z.string(), z.number()),
      set: z.set(z.date()),
    })
    const value = { at: new Date(0), big: 5n, map: new Map([['a', 1]]), set: new Set([new Date(0)]) }
    app.get('/', { response }, () => value)
    expect(await (await app.request('/')).json()).toEqual({
      at: '1970-01-01T00:00:00.000Z',
      big: '5',
      map: { a: 1 },
      set: ['1970-01-01T00:00:00.000Z'],
    })
    const { paths } = app.openapi() as { paths: Record<string, { get: { responses: Record<string, unknown> } }> }
    const date = { type: 'string', format: 'date-time' }
    expect(paths['/']?.get.responses['200']).toMatchObject({
      content: {
        'application/json': {
          schema: {
            properties: {
              at: date,
              big: { type: 'string', pattern: '^-?[0-9]+$' },
              map: { type: 'object', additionalProperties: { type: 'number' } },
              set: { type: 'array', items: date },
            },
          },
        },
      },
    })
    expect(JSON.stringify(app.openapi())).not.toContain('x-millrace')
  })

  it.each([
    ['Date', { body: z.object({ deep: z.array(z.object({ at: z.date() })) }) }, "'body' of POST / wants a Date"],
    ['Date, by arktype', { body: type({ at: 'Date' }) }, "'body' of POST / wants a Date"],
    ['BigInt', { body: z.union([z.bigint(), z.object({ n: z.bigint() })]) }, "'body' of POST / wants a BigInt"],
    ['Map', { body: z.map(z.string(), z.string()) }, "'body' of POST / wants a Map"],
    ['object in headers', { headers: z.object({ a: z.object({}) }) }, "'a' in 'headers' of POST / wants an object"],
    ['Map in a form', { body: form(z.object({ a: z.map(z.string(), z.int()) })) }, "'a' in 'body' of POST / wants"],
    [
      'object in the query of a dependency',
      { deps: { filter: dependency({ label: 'filter', query: z.object({ a: z.set(z.string()) }) }, () => 1) } },
      "'a' in 'query' of 'filter' wants an object",
    ],
  ])('is refused at start-up where no request can give it: %s', (_name, spec, message) => {
    const app = new App()
    app.post('/', spec, () => 1)
    expect(() => app.plans).toThrow(expect.objectContaining({ code: 'malformed_spec' }))
    expect(() => app.plans).toThrow(message)
  })

  it('is accepted where a request can give it in another way', () => {
    const app = new App()
    const body = z.object({
      at: z.coerce.date(),
      since: z.union([z.date(), z.string()]),
      before: z.preprocess((text) => new Date(String(text)), z.date()),
      until: z.iso.datetime().transform((text) => new Date(text)),
    })
    const query = z.object({
      filter: z.preprocess((text) => JSON.parse(String(text)), z.object({ a: z.number() })),
      page: z.number().nullable(),
      at: z.date(),
    })
    app.post('/', { body, query }, () => 1)
    expect(app.plans.length).toBeGreaterThan(0)
  })
})
