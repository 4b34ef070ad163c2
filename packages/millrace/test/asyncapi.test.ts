import specs from '@asyncapi/specs'
import { Ajv } from 'ajv'
import formats from 'ajv-formats'
import { App, bytes, dependency, text } from 'millrace'
import { httpBearer, oauth2Password } from 'millrace/security'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'

const Message = z.object({ text: z.string().describe('What is said') }).meta({ id: 'Message' })

function makeApp(): App {
  const user = httpBearer()
  const login = oauth2Password({ tokenUrl: '/token', scopes: { read: 'Read' } })
  const page = dependency({ query: z.object({ since: z.int().default(0) }) }, ({ query }) => query.since)
  const app = new App({
    title: 'Chat',
    version: '2.0.0',
    description: 'Talk',
    servers: [{ url: 'https://api.example.com/v1' }],
  })
  app.ws(
    '/rooms/:room',
    {
      params: z.object({ room: z.enum(['blue', 'red']).describe('Which') }),
      query: z.object({ name: z.string() }),
      headers: z.object({ 'x-device': z.string().optional() }),
      receive: Message,
      send: z.object({ from: z.string(), message: Message }),
      deps: { user, page },
      tags: ['chat'],
      summary: 'Chat in a room',
      description: 'All that is said.',
      subprotocols: ['chat.v1'],
    },
    () => undefined,
  )
  app.ws('/log', { receive: text(), send: bytes(), deps: { login } }, () => undefined)
  app.get('/log', () => 'page')
  app.ws('/any', () => undefined)
  app.ws('/hidden', { hidden: true }, () => undefined)
  return app
}

describe('the AsyncAPI document', () => {
  it('is valid by the schema of AsyncAPI 3.0', () => {
    // The schema brings the meta-schema along.
    const ajv = new Ajv({ strict: false, allErrors: true, meta: false, validateSchema: false })
    formats.default(ajv)
    const validate = ajv.compile(specs.schemas['3.0.0'] as object)
    validate(makeApp().asyncapi())
    expect(validate.errors).toBe(null)
    validate({ ...makeApp().asyncapi(), channels: 1 })
    expect(validate.errors?.length).toBeGreaterThan(0)
  })

  it('has a channel and two operations for each WebSocket', () => {
    const document = makeApp().asyncapi()
    expect(Object.keys(document.channels)).toEqual(['wsRoomsByRoom', 'wsLog', 'wsAny'])
    expect(document.channels['wsRoomsByRoom']).toEqual({
      address: '/rooms/{room}',
      title: 'Chat in a room',
      description: 'All that is said.',
      parameters: { room: { description: 'Which', enum: ['blue', 'red'] } },
      messages: {
        received: { contentType: 'application/json', payload: { $ref: '#/components/schemas/Message' } },
        sent: {
          contentType: 'application/json',
          payload: {
            type: 'object',
            properties: { from: { type: 'string' }, message: { $ref: '#/components/schemas/Message' } },
            required: ['from', 'message'],
          },
        },
      },
      bindings: {
        ws: {
          method: 'GET',
          query: {
            type: 'object',
            properties: { name: { type: 'string' }, since: { type: 'integer', default: 0 } },
            required: ['name'],
          },
          headers: { type: 'object', properties: { 'x-device': { type: 'string' } } },
          bindingVersion: '0.1.0',
        },
      },
    })
    expect(document.channels['wsLog']).toMatchObject({
      messages: {
        received: { contentType: 'text/plain', payload: { type: 'string' } },
        sent: { contentType: 'application/octet-stream', payload: { type: 'string', format: 'binary' } },
      },
    })
    expect(document.operations['wsRoomsByRoomReceive']).toEqual({
      action: 'receive',
      channel: { $ref: '#/channels/wsRoomsByRoom' },
      summary: 'Chat in a room',
      description: 'All that is said.',
      tags: [{ name: 'chat' }],
      security: [{ $ref: '#/components/securitySchemes/bearer' }],
      messages: [{ $ref: '#/channels/wsRoomsByRoom/messages/received' }],
    })
    expect(document['servers']).toEqual({
      server1: { host: 'api.example.com', protocol: 'wss', pathname: '/v1' },
    })
    expect(document['components']).toMatchObject({
      schemas: { Message: { type: 'object', properties: { text: { type: 'string', description: 'What is said' } } } },
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer' },
        oauth2: {
          type: 'oauth2',
          flows: { password: { tokenUrl: 'https://api.example.com/token', availableScopes: { read: 'Read' } } },
        },
      },
    })
  })

  it('is served where there are WebSockets, and where it is told to', async () => {
    const response = await makeApp().request('/asyncapi.json')
    expect(response.headers.get('content-type')).toBe('application/json')
    expect(await response.json()).toEqual(JSON.parse(JSON.stringify(makeApp().asyncapi())))
    expect((await new App().request('/asyncapi.json')).status).toBe(404)
    const elsewhere = new App({ docs: { asyncapi: '/docs/sockets.json' } })
    elsewhere.ws('/', () => undefined)
    expect((await elsewhere.request('/docs/sockets.json')).status).toBe(200)
    const without = new App({ docs: { asyncapi: false } })
    without.ws('/', () => undefined)
    expect((await without.request('/asyncapi.json')).status).toBe(404)
  })
})

describe('WebSockets in the OpenAPI document', () => {
  it('are the GET of their handshake, which viewers show', () => {
    const { paths } = makeApp().openapi()
    expect(Object.keys(paths)).toEqual(['/log', '/rooms/{room}', '/any'])
    const operation = (paths['/rooms/{room}'] as { get: Record<string, unknown> }).get
    expect(operation).toMatchObject({
      tags: ['chat'],
      summary: 'Chat in a room',
      operationId: 'wsRoomsByRoom',
      security: [{ bearer: [] }],
      parameters: [
        { name: 'room', in: 'path', required: true },
        { name: 'name', in: 'query', required: true },
        { name: 'since', in: 'query' },
        { name: 'x-device', in: 'header' },
      ],
      'x-websocket': {
        receive: { $ref: '#/components/schemas/Message' },
        send: { type: 'object' },
        subprotocols: ['chat.v1'],
      },
    })
    expect(Object.keys(operation['responses'] as object)).toEqual(['101', '401', '422', 'default'])
    expect(operation['description']).toMatch(
      /^All that is said\.\n\nA WebSocket: its URL begins with `ws:` or `wss:`\.\n\nThe client sends JSON:\n\n```json\n\{/,
    )
  })

  it('stand beside an operation that answers GET', () => {
    const item = makeApp().openapi().paths['/log'] as Record<string, { operationId: string }>
    expect(item['get']?.operationId).toBe('getLog')
    expect(item['x-websocket']?.operationId).toBe('wsLog')
  })

  it('are left out in the form of FastAPI, which has none', () => {
    const app = new App({ compat: 'fastapi' })
    app.ws('/socket', () => undefined)
    expect(app.openapi().paths).toEqual({})
  })
})
