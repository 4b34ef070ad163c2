import { App, type JsonValues, json, jsonl, sse } from 'millrace'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { destroyAfterEach, RawWebSocket } from './support/rawWebSocket.ts'
import { describeTransports, recorder, serveHttp } from './support/serve.ts'

destroyAfterEach()

const values = () => ({
  nan: [Number.NaN, 1.5, Number.POSITIVE_INFINITY],
  large: 2n ** 64n,
  date: new Date(0),
  map: new Map<unknown, unknown>([
    ['a', 1],
    [2, new Set([2n])],
  ]),
  vector: new Float32Array([0.5, -1]),
  bytes: Buffer.from('mill'),
  view: new DataView(new Uint8Array([1, 2]).buffer),
  buffer: new Uint8Array([255]).buffer,
})

const standard =
  '{"nan":[null,1.5,null],"large":"18446744073709551616","date":"1970-01-01T00:00:00.000Z","map":{"2":["2"],"a":1},' +
  '"vector":[0.5,-1],"bytes":[109,105,108,108],"view":[1,2],"buffer":[255]}'
const others =
  '{"nan":["NaN",1.5,"Infinity"],"large":18446744073709551616,"date":0,"map":[["a",1],[2,[2]]],' +
  '"vector":"AAAAPwAAgL8=","bytes":"bWlsbA==","view":"AQI=","buffer":"/w=="}'

const forms: JsonValues = { nan: 'string', bigint: 'number', date: 'epochMs', map: 'entries', typedArray: 'base64' }

describeTransports('values that JSON has no form for', (serve) => {
  it('have a standard form, and the ones that the app or the reply names', async () => {
    const app = new App()
    app.get('/', () => values())
    app.get('/reply', { response: json(z.any(), { values: forms }) }, () => values())
    const { request } = await serve(app)
    expect(await (await request('/')).text()).toBe(standard)
    expect(await (await request('/reply')).text()).toBe(others)

    const other = new App({ jsonValues: forms })
    other.get('/', () => values())
    other.get('/schema', { response: z.any() }, () => values())
    other.get('/reply', { response: json(z.any(), { values: { nan: 'null', bigint: 'string' } }) }, () => values())
    other.get('/lines', { response: jsonl(z.any()) }, function* () {
      yield values()
    })
    other.get('/events', { response: sse(z.any()) }, function* () {
      yield values()
    })
    const served = await serve(other)
    const textOf = async (path: string) => (await served.request(path)).text()
    expect(await textOf('/')).toBe(others)
    expect(await textOf('/schema')).toBe(others)
    expect(await textOf('/lines')).toBe(`${others}\n`)
    expect(await textOf('/events')).toBe(`data: ${others}\n\n`)
    expect(JSON.parse(await textOf('/reply'))).toMatchObject({
      nan: [null, 1.5, null],
      large: '18446744073709551616',
      date: 0,
    })
  })

  it('have the same forms where a toJSON method tells them', async () => {
    const telling = (value: unknown) => ({ toJSON: () => value })
    const value = () => [telling(1n), telling(Number.NaN), telling(new Map([['a', 2n]])), telling(new Set([3n]))]
    const app = new App()
    app.get('/', () => value())
    app.get('/named', { response: json(z.any(), { values: { nan: 'string', map: 'entries' } }) }, value)
    const { request } = await serve(app)
    expect(await (await request('/')).text()).toBe('["1",null,{"a":"2"},["3"]]')
    expect(await (await request('/named')).text()).toBe('["1","NaN",[["a","2"]],["3"]]')
  })

  it.each<[JsonValues, unknown, string]>([
    [{ nan: 'error' }, { score: Number.NaN }, "'score' of the result is NaN, which JSON has no form for"],
    [{ nan: 'error' }, Number.NEGATIVE_INFINITY, 'The result is -Infinity, which JSON has no form for'],
    [{ bigint: 'error' }, [1n], "'0' of the result is a BigInt, which JSON has no form for"],
  ])('may be refused: %j', async (jsonValues, value, error) => {
    const log = recorder()
    const app = new App({ logger: log.logger, jsonValues })
    app.get('/', () => value)
    const { request } = await serve(app)
    const response = await request('/')
    expect([response.status, await response.json()]).toMatchObject([500, { code: 'internal_error' }])
    expect(log.takeErrors()).toEqual([{ message: 'An error was not handled', error }])
  })
})

it('stand in the document in the forms that the app and the reply name', () => {
  const Event = z
    .object({ at: z.date(), id: z.bigint(), scores: z.map(z.string(), z.number()).optional() })
    .meta({ id: 'Event' })
  const app = new App({ jsonValues: { date: 'epochMs', map: 'entries' } })
  app.get('/', { response: Event }, () => ({}) as never)
  app.get('/reply', { response: json(Event, { values: { date: 'iso', bigint: 'number' } }) }, () => ({}) as never)
  app.get('/events', { response: sse(Event) }, async function* () {})
  app.get('/part', { response: json(z.object({ at: z.date() }), { omit: 'null' }) }, () => ({}) as never)
  const document = app.openapi() as unknown as {
    components: { schemas: Record<string, { properties: Record<string, unknown> }> }
    paths: Record<string, Record<string, Record<string, unknown>>>
  }
  const { Event: first, ...others } = document.components.schemas
  const epoch = { type: 'integer', description: 'Milliseconds since 1970.' }
  const digits = { type: 'string', pattern: '^-?[0-9]+$' }
  const iso = { type: 'string', format: 'date-time' }
  const pair = { type: 'array', prefixItems: [{}, { type: 'number' }], items: false, minItems: 2, maxItems: 2 }
  const pairs = { type: 'array', items: pair }
  expect(first?.properties).toEqual({ at: epoch, id: digits, scores: pairs })
  const named = Object.entries(others).filter(([name]) => name.startsWith('Event'))
  expect(named.map(([, { properties }]) => properties)).toEqual([{ at: iso, id: { type: 'integer' }, scores: pairs }])
  expect(JSON.stringify(document.paths['/part'])).toContain(JSON.stringify({ at: epoch }))
  expect(JSON.stringify(document.paths['/events'])).toContain('#/components/schemas/Event"')
})

it('a number that is a BigInt keeps all its digits', async () => {
  const app = new App({ jsonValues: { bigint: 'number' } })
  app.get('/', () => ({ id: 12345678901234567890n }))
  expect(await (await app.request('/')).text()).toBe('{"id":12345678901234567890}')
})

it.each(['http', 'net'] as const)('messages of WebSockets are written so, too (%s)', async (transport) => {
  const app = new App({ jsonValues: forms, docs: false })
  app.ws('/', ({ socket }) => socket.send(values()))
  app.ws('/schema', { send: z.any() }, ({ socket }) => socket.send(values()))
  const standardApp = new App({ docs: false })
  standardApp.ws('/', ({ socket }) => socket.send(values()))
  const strict = recorder()
  const strictApp = new App({ jsonValues: { bigint: 'error' }, logger: strict.logger, docs: false })
  strictApp.ws('/', ({ socket }) => socket.send({ n: 1n }))
  const firstOf = async (one: App, path: string) => {
    const { port } = await serveHttp(one, undefined, transport)
    return await RawWebSocket.open(port, path)
  }
  expect(await (await firstOf(app, '/')).text()).toBe(others)
  expect(await (await firstOf(app, '/schema')).text()).toBe(others)
  expect(await (await firstOf(standardApp, '/')).text()).toBe(standard)
  expect(await (await firstOf(strictApp, '/')).closing()).toBe('1011 The server failed')
  expect(strict.takeErrors().map(({ error }) => error)).toEqual([
    "'n' of the result is a BigInt, which JSON has no form for",
  ])
})
