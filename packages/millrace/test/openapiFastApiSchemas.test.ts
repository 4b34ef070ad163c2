import { App, callback, dependency, form } from 'millrace'
import { httpBasic, oauth2Password } from 'millrace/security'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { at, type Json, validationError } from './support/openapiDocument.ts'

// What FastAPI 0.142 writes for the same operations, by its source and its recorded documents.

const make = () => new App({ compat: 'fastapi' })

describe('schemas in the form of FastAPI', () => {
  const fieldOf = (schema: z.ZodType) => {
    const app = make()
    app.post('/', { body: z.object({ field: schema }).meta({ id: 'Model' }) }, () => 1)
    const { title: _, ...field } = at(app.openapi(), 'components', 'schemas', 'Model', 'properties', 'field') as Json
    return field
  }

  it.each([
    ['uuid', z.uuid(), { type: 'string', format: 'uuid' }],
    ['a local date and time', z.iso.datetime({ local: true }), { type: 'string', format: 'date-time' }],
    ['a local time', z.iso.time(), { type: 'string', format: 'time' }],
    ['a duration', z.iso.duration(), { type: 'string', format: 'duration' }],
    ['a record', z.record(z.string(), z.number()), { type: 'object', additionalProperties: { type: 'number' } }],
    ['a record of anything', z.record(z.string(), z.any()), { type: 'object', additionalProperties: true }],
    ['whole literals', z.literal([1, 2]), { type: 'integer', enum: [1, 2] }],
    ['a literal', z.literal('a'), { type: 'string', const: 'a' }],
    [
      'a tuple',
      z.tuple([z.string(), z.int()]),
      { type: 'array', prefixItems: [{ type: 'string' }, { type: 'integer' }], minItems: 2, maxItems: 2 },
    ],
    [
      'a choice that may be null',
      z.union([z.string(), z.int()]).nullable(),
      { anyOf: [{ type: 'string' }, { type: 'integer' }, { type: 'null' }] },
    ],
    [
      'several types at once',
      z.union([z.string(), z.boolean()]).nullable().describe('Any of them'),
      { anyOf: [{ type: 'string' }, { type: 'boolean' }, { type: 'null' }], description: 'Any of them' },
    ],
    [
      'words that stand before null',
      z.string().describe('Said before').nullish(),
      { anyOf: [{ type: 'string' }, { type: 'null' }], description: 'Said before' },
    ],
    ['an enum with a name', z.enum(['a', 'b']).meta({ id: 'Letter' }), { $ref: '#/components/schemas/Letter' }],
  ])('tell of %s as Pydantic does', (_name, schema, expected) => {
    expect(fieldOf(schema)).toEqual(expected)
  })

  it('are two where input and output differ, and one where only a default does', () => {
    const app = make()
    const Same = z.object({ size: z.int().default(1) }).meta({ id: 'Same' })
    const Other = z.object({ size: z.string().transform(Number).pipe(z.int()) }).meta({ id: 'Other' })
    app.post('/same', { body: Same, response: Same }, ({ body }) => body)
    app.post('/other', { body: Other, response: Other }, () => new Response())
    expect(Object.keys(at(app.openapi(), 'components', 'schemas') as Json)).toEqual([
      'HTTPValidationError',
      'Other-Input',
      'Other-Output',
      'Same',
      'ValidationError',
    ])
  })

  it('without a name are those of their operations, even where they say the same', () => {
    const app = make()
    const Shared = z.object({ a: z.string() })
    app.post('/a', { name: 'a', body: z.object({ a: z.string() }) }, () => 1)
    app.post('/b', { name: 'b', body: z.object({ a: z.string() }) }, () => 1)
    app.post('/c', { name: 'c', body: Shared, response: Shared }, ({ body }) => body)
    expect(Object.keys(at(app.openapi(), 'components', 'schemas') as Json)).toEqual([
      'Body_a_a_post',
      'Body_b_b_post',
      'Body_c_c_post',
      'HTTPValidationError',
      'ValidationError',
    ])
  })

  it('put the parameters of a dependency before those of what it needs', () => {
    const inner = dependency({ query: z.object({ inner: z.string() }) }, () => 1)
    const outer = dependency({ query: z.object({ outer: z.string() }), deps: { inner } }, () => 1)
    const app = make()
    app.get('/', { deps: { outer }, query: z.object({ own: z.string() }) }, () => 1)
    const parameters = at(app.openapi(), 'paths', '/', 'get', 'parameters') as Json[]
    expect(parameters.map(({ name }) => name)).toEqual(['own', 'outer', 'inner'])
  })

  it('of a form take the name of the operation, and are not required where every field has a default', () => {
    const app = make()
    app.post('/login', { name: 'login', body: form(z.object({ scope: z.string().default('') })) }, () => 1)
    expect(at(app.openapi(), 'paths', '/login', 'post', 'requestBody')).toEqual({
      content: {
        'application/x-www-form-urlencoded': { schema: { $ref: '#/components/schemas/Body_login_login_post' } },
      },
    })
  })
})

describe('what stands beside operations in the form of FastAPI', () => {
  it('are callbacks, with answers of their own', () => {
    const app = make()
    const invoice_notification = callback('{$callback_url}/invoices/{$request.body.id}', {
      body: z.object({ paid: z.boolean() }).meta({ id: 'InvoiceEvent' }),
      response: z.object({ ok: z.boolean() }).meta({ id: 'Received' }),
    })
    app.post('/invoices', { callbacks: { invoice_notification } }, () => 1)
    expect(at(app.openapi(), 'paths', '/invoices', 'post', 'callbacks', 'invoice_notification')).toEqual({
      '{$callback_url}/invoices/{$request.body.id}': {
        post: {
          summary: 'Invoice Notification',
          operationId: expect.any(String),
          requestBody: {
            required: true,
            content: { 'application/json': { schema: { $ref: '#/components/schemas/InvoiceEvent' } } },
          },
          responses: {
            200: {
              description: 'Successful Response',
              content: { 'application/json': { schema: { $ref: '#/components/schemas/Received' } } },
            },
            422: validationError,
          },
        },
      },
    })
  })

  it('are security schemes, each an alternative under the name of its class, without answers of their own', () => {
    const app = make()
    const token = oauth2Password({ tokenUrl: 'token' })
    const basic = httpBasic()
    app.get('/', { deps: { token, basic } }, () => 1)
    expect(at(app.openapi(), 'paths', '/', 'get')).toMatchObject({
      security: [{ OAuth2PasswordBearer: [] }, { HTTPBasic: [] }],
    })
    expect(Object.keys(at(app.openapi(), 'paths', '/', 'get', 'responses') as Json)).toEqual(['200'])
    expect(at(app.openapi(), 'components')).toEqual({
      securitySchemes: {
        OAuth2PasswordBearer: { type: 'oauth2', flows: { password: { scopes: {}, tokenUrl: 'token' } } },
        HTTPBasic: { type: 'http', scheme: 'basic' },
      },
    })
  })
})
