import { toStandardJsonSchema } from '@valibot/to-json-schema'
import { type } from 'arktype'
import { App, type JsonOptions, json, reply } from 'millrace'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { describeTransports, recorder } from './support/serve.ts'

const Address = z.object({ city: z.string(), zip: z.string().nullable().default(null) })
const User = z.object({
  name: z.string(),
  age: z.int().default(30),
  note: z.string().nullable().optional(),
  address: Address.default({ city: 'Here', zip: null }),
  others: z.array(z.object({ id: z.int(), tag: z.string().default('none') })).default([]),
})

describeTransports('json()', (serve) => {
  const answerOf = async (options: JsonOptions, value: z.input<typeof User>): Promise<unknown> => {
    const app = new App()
    app.get('/', { response: json(User, options as JsonOptions<z.output<typeof User>>) }, () => value as never)
    const { request } = await serve(app)
    return (await request('/')).json()
  }
  const given = { name: 'Ada', address: { city: 'London' }, others: [{ id: 1 }, { id: 2, tag: 'none' }] }

  it('sends all that its schema lets out', async () => {
    expect(await answerOf({}, given)).toEqual({
      name: 'Ada',
      age: 30,
      address: { city: 'London', zip: null },
      others: [
        { id: 1, tag: 'none' },
        { id: 2, tag: 'none' },
      ],
    })
  })

  it('sends only what is included, and not what is excluded, at any depth', async () => {
    expect(await answerOf({ include: ['name', 'age'] }, given)).toEqual({ name: 'Ada', age: 30 })
    expect(await answerOf({ exclude: ['name', 'others', 'age'] }, given)).toEqual({
      address: { city: 'London', zip: null },
    })
    expect(await answerOf({ include: { name: true, others: ['id'] } }, given)).toEqual({
      name: 'Ada',
      others: [{ id: 1 }, { id: 2 }],
    })
    expect(await answerOf({ exclude: { address: ['zip'], others: true, age: true } }, given)).toEqual({
      name: 'Ada',
      address: { city: 'London' },
    })
    expect(await answerOf({ include: ['name', 'age'], exclude: ['age'] }, given)).toEqual({ name: 'Ada' })
    expect(await answerOf({ include: ['constructor'] }, given)).toEqual({})
  })

  it('leaves out what was not set, what is the default, and what is null', async () => {
    expect(await answerOf({ omit: 'unset' }, given)).toEqual(given)
    const set = { name: 'Ada', age: 30, note: null, address: { city: 'Here', zip: null } }
    expect(await answerOf({ omit: 'unset' }, set)).toEqual(set)
    expect(await answerOf({ omit: 'unset' }, { name: 'Ada', age: undefined })).toEqual({ name: 'Ada' })
    expect(await answerOf({ omit: 'defaults' }, set)).toEqual({ name: 'Ada', note: null })
    expect(await answerOf({ omit: 'defaults' }, given)).toEqual({
      name: 'Ada',
      address: { city: 'London' },
      others: [{ id: 1 }, { id: 2 }],
    })
    expect(await answerOf({ omit: 'null' }, set)).toEqual({
      name: 'Ada',
      age: 30,
      address: { city: 'Here' },
      others: [],
    })
    expect(await answerOf({ omit: ['unset', 'null'], exclude: ['age'] }, set)).toEqual({
      name: 'Ada',
      address: { city: 'Here' },
    })
  })

  it('projects each item of an array', async () => {
    const app = new App()
    app.get('/', { response: json(z.array(User), { include: ['name', 'age'], omit: 'unset' }) }, () => [
      { name: 'Ada' },
      { name: 'Bo', age: 3 },
    ])
    const { request } = await serve(app)
    expect(await (await request('/')).json()).toEqual([{ name: 'Ada' }, { name: 'Bo', age: 3 }])
  })

  it.each([
    ['valibot', toStandardJsonSchema(v.object({ a: v.string(), b: v.optional(v.number(), 1) })), '{"a":"x"}'],
    // Its JSON Schema does not tell defaults.
    ['arktype', type({ a: 'string', b: 'number = 1' }), '{"a":"x","b":1}'],
  ])('works with %s', async (_name, schema, withoutDefaults) => {
    const app = new App()
    app.get('/unset', { response: json(schema, { omit: 'unset' }) }, () => ({ a: 'x' }) as never)
    app.get('/defaults', { response: json(schema, { omit: 'defaults' }) }, () => ({ a: 'x', b: 1 }) as never)
    app.get('/include', { response: json(schema, { include: ['b'] }) }, () => ({ a: 'x' }) as never)
    const { request } = await serve(app)
    const texts = ['/unset', '/defaults', '/include'].map(async (path) => (await request(path)).text())
    expect(await Promise.all(texts)).toEqual(['{"a":"x"}', withoutDefaults, '{"b":1}'])
  })

  it('lets nothing through that is of a class', async () => {
    class Account {
      name = 'Ada'
      password = 'secret'
    }
    class Written extends Account {
      toJSON() {
        return { name: this.name, password: this.password, via: 'toJSON' }
      }
    }
    const app = new App()
    const schemas = { zod: z.any(), arktype: type({ name: 'string', password: 'string' }) }
    for (const [name, schema] of Object.entries(schemas)) {
      const response = json(schema, { exclude: ['password'] as never })
      app.get(`/${name}`, { response }, () => new Account() as never)
      app.get(`/${name}/written`, { response }, () => new Written() as never)
    }
    const { request } = await serve(app)
    for (const name of Object.keys(schemas)) {
      expect(await (await request(`/${name}`)).json()).toEqual({ name: 'Ada' })
      expect(await (await request(`/${name}/written`)).text()).not.toContain('secret')
    }
  })

  it('goes into maps, sets and records as it goes into objects and arrays', async () => {
    const Account = z.object({
      name: z.string(),
      secret: z.string(),
      note: z.null().default(null),
      age: z.int().default(30),
    })
    const Accounts = z.object({
      set: z.set(Account),
      map: z.map(z.string(), Account),
      record: z.record(z.string(), Account),
    })
    const app = new App()
    const options = {
      exclude: { set: ['secret'], map: { ada: ['secret'], bo: true }, record: { ada: ['secret'] } },
      omit: ['null'],
    } as const
    const account = () => ({ name: 'Ada', secret: 'x' })
    const value = () => ({
      set: new Set([account()]),
      map: new Map([
        ['ada', account()],
        ['bo', account()],
      ]),
      record: { ada: account() },
    })
    app.get('/', { response: json(Accounts, options) }, value)
    app.get('/defaults', { response: json(Accounts, { omit: 'defaults', include: ['record'] }) }, value)
    const { request } = await serve(app)
    const name = { name: 'Ada', age: 30 }
    expect(await (await request('/')).json()).toEqual({ set: [name], map: { ada: name }, record: { ada: name } })
    expect(await (await request('/defaults')).json()).toEqual({ record: { ada: account() } })
  })

  it('asks toJSON once, as JSON does, and not what it has told', async () => {
    class Account {
      name = 'Ada'
      secret = 'x'
      toJSON(): object {
        return this
      }
    }
    const again = { name: 'Ada', secret: 'x', toJSON: () => ({ secret: 'x' }) }
    const app = new App()
    const response = json(z.any(), { exclude: ['secret'], omit: 'unset' })
    app.get('/itself', { response }, () => new Account())
    app.get('/again', { response }, () => ({ toJSON: () => again }))
    const { request } = await serve(app)
    for (const path of ['/itself', '/again']) expect(await (await request(path)).text()).toBe('{"name":"Ada"}')
  })

  it('has another media type, and stands among other statuses', async () => {
    const app = new App()
    const mediaType = 'application/vnd.api+json'
    app.get('/', { response: json(z.object({ a: z.int() }), { mediaType }) }, () => ({ a: 1 }))
    app.get(
      '/other',
      { responses: { 409: json(z.object({ a: z.int(), b: z.int() }), { include: ['b'], mediaType }) } },
      () => reply(409, { a: 1, b: 2 }),
    )
    const { request } = await serve(app)
    const response = await request('/')
    expect([response.headers.get('content-type'), await response.text()]).toEqual([mediaType, '{"a":1}'])
    const other = await request('/other')
    expect([other.status, other.headers.get('content-type'), await other.text()]).toEqual([409, mediaType, '{"b":2}'])
  })

  it('is checked by its whole schema', async () => {
    const log = recorder()
    const app = new App({ logger: log.logger })
    app.get('/', { response: json(User, { include: ['age'] }) }, () => ({ age: 1 }) as never)
    const { request } = await serve(app)
    expect((await request('/')).status).toBe(500)
    expect(log.takeErrors()[0]?.error).toContain('name: ')
  })
})

interface Media {
  content: Record<string, { schema: Record<string, Record<string, unknown>> }>
}

describe('the document of json()', () => {
  const schemaOf = (options: JsonOptions<z.output<typeof User>>) => {
    const app = new App()
    app.get('/', { response: json(User, options) }, () => ({ name: 'Ada' }))
    const { paths } = app.openapi() as unknown as { paths: { '/': { get: { responses: { 200: Media } } } } }
    return paths['/'].get.responses[200].content['application/json']?.schema
  }

  it('has what is left', () => {
    const part = schemaOf({ include: { name: true, age: true, others: ['id'] } })
    expect(Object.keys(part?.['properties'] ?? {})).toEqual(['name', 'age', 'others'])
    expect(part?.['required']).toEqual(['name', 'age', 'others'])
    expect(part?.['properties']?.['others']).toMatchObject({
      items: { properties: { id: { type: 'integer' } }, required: ['id'] },
    })
    expect(Object.keys(schemaOf({ exclude: ['address', 'others'] })?.['properties'] ?? {})).toEqual([
      'name',
      'age',
      'note',
    ])
  })

  it('has what is left of records, maps and tuples', () => {
    const Account = z.object({ name: z.string(), secret: z.string() })
    const app = new App()
    const records = z.object({ all: z.record(z.string(), Account), map: z.map(z.string(), Account) })
    const include = { all: { ada: ['name'] } } as const
    app.get('/include', { response: json(records, { include }) }, () => ({}) as never)
    app.get('/exclude', { response: json(records, { exclude: { map: { ada: ['secret'] } } }) }, () => ({}) as never)
    app.get('/tuple', { response: json(z.tuple([Account]), { exclude: ['secret'] }) }, () => [] as never)
    const { paths } = app.openapi() as unknown as { paths: Record<string, { get: { responses: { 200: Media } } }> }
    const [included, excluded, tuple] = ['/include', '/exclude', '/tuple'].map(
      (path) => paths[path]?.get.responses[200].content['application/json']?.schema,
    )
    const name = { type: 'object', properties: { name: { type: 'string' } }, required: ['name'] }
    expect(included?.['properties']).toMatchObject({ all: { properties: { ada: name }, additionalProperties: false } })
    expect(included?.['required']).toEqual(['all'])
    expect(excluded?.['properties']?.['map']).toEqual({
      type: 'object',
      properties: { ada: name },
      additionalProperties: {
        ...name,
        properties: { ...name.properties, secret: { type: 'string' } },
        required: ['name', 'secret'],
      },
    })
    expect(tuple?.['prefixItems']).toEqual([name])
  })

  it('does not require what may be left out', () => {
    expect(schemaOf({})?.['required']).toEqual(['name', 'age', 'address', 'others'])
    expect(schemaOf({ omit: 'unset' })?.['required']).toEqual(['name'])
    expect(schemaOf({ omit: 'defaults' })?.['required']).toEqual(['name'])
    const withoutNull = schemaOf({ omit: 'null' })
    expect(withoutNull?.['required']).toEqual(['name', 'age', 'address', 'others'])
    expect(withoutNull?.['properties']?.['address']).toMatchObject({ required: ['city'] })
    const schema = toStandardJsonSchema(v.object({ a: v.string(), b: v.optional(v.number(), 1) }))
    const app = new App()
    app.get('/', { response: json(schema, { omit: 'unset' }) }, () => ({ a: 'x' }))
    expect(JSON.stringify(app.openapi().paths)).toContain('"required":["a"]')
  })
})
