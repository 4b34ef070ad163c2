import { App, callback, type Input, Router, text } from 'millrace'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { z } from 'zod'
import { at, type Json } from './support/openapiDocument.ts'

const Event = z.object({ id: z.string(), paid: z.boolean().default(true) }).meta({ id: 'Event' })
const Received = z.object({ ok: z.boolean() })

describe('callbacks', () => {
  it('of an operation stand under their names and expressions', () => {
    const app = new App()
    const invoicePaid = callback('{$request.body#/callbackUrl}/invoices/{$request.body#/id}', {
      body: Event,
      headers: z.object({ 'x-signature': z.string() }),
      response: Received,
      responses: { 410: { description: 'Send no more' } },
      description: 'Sent when it is **paid**.',
      examples: { paid: { id: 'a', paid: true } },
    })
    const invoiceGone = [
      callback('{$request.body#/callbackUrl}', { method: 'DELETE', status: 204 }),
      callback('{$request.body#/callbackUrl}', { method: 'PUT', body: text(), operationId: 'putInvoice' }),
    ]
    app.post('/invoices', { callbacks: { invoicePaid, invoiceGone } }, () => ({ ok: true }))
    expect(at(app.openapi(), 'paths', '/invoices', 'post', 'callbacks')).toEqual({
      invoicePaid: {
        '{$request.body#/callbackUrl}/invoices/{$request.body#/id}': {
          post: {
            summary: 'Invoice paid',
            description: 'Sent when it is **paid**.',
            operationId: 'postInvoicesInvoicePaid',
            parameters: [{ name: 'x-signature', in: 'header', required: true, schema: { type: 'string' } }],
            requestBody: {
              required: true,
              content: {
                'application/json': {
                  schema: { $ref: '#/components/schemas/Event' },
                  examples: { paid: { value: { id: 'a', paid: true } } },
                },
              },
            },
            responses: {
              200: {
                description: 'Success',
                content: {
                  'application/json': {
                    schema: { type: 'object', properties: { ok: { type: 'boolean' } }, required: ['ok'] },
                  },
                },
              },
              410: { description: 'Send no more' },
            },
          },
        },
      },
      invoiceGone: {
        '{$request.body#/callbackUrl}': {
          delete: {
            summary: 'Invoice gone',
            operationId: 'postInvoicesInvoiceGone',
            responses: { 204: { description: 'No content' } },
          },
          put: {
            summary: 'Invoice gone',
            operationId: 'putInvoice',
            requestBody: { required: true, content: { 'text/plain': { schema: { type: 'string' } } } },
            responses: { 200: { description: 'Success', content: { '*/*': { schema: {} } } } },
          },
        },
      },
    })
    // What is sent has passed the schema, so that what has a default is always there.
    expect(at(app.openapi(), 'components', 'schemas', 'Event', 'required')).toEqual(['id', 'paid'])
  })

  it('of app and routers are those of each operation', () => {
    const ping = callback('{$request.query.url}', {})
    const pong = callback('{$request.query.other}', {})
    const router = new Router({ callbacks: { pong } })
    router.get('/b', () => 1)
    const app = new App({ callbacks: { ping } })
    app.get('/a', () => 1)
    app.include(router)
    const namesOf = (path: string) => Object.keys(at(app.openapi(), 'paths', path, 'get', 'callbacks') as Json)
    expect([namesOf('/a'), namesOf('/b')]).toEqual([['ping'], ['ping', 'pong']])
  })

  it('know the types of what is sent', () => {
    const paid = callback('{$request.body#/url}', { body: Event })
    expectTypeOf<Input<typeof paid.spec.body>>().toEqualTypeOf<{ id: string; paid?: boolean | undefined }>()
    // @ts-expect-error: a callback has no dependencies
    expect(() => callback('{$request.body#/url}', { deps: {} })).toThrow(
      "The callback '{$request.body#/url}' declares 'deps', which is no key of what is sent",
    )
  })

  it.each(['', '{$request.body#/url', 'a}', '{}', '{{$url}}'])(
    'refuse an expression that is none: %s',
    (expression) => {
      expect(() => callback(expression, {})).toThrow(expect.objectContaining({ code: 'malformed_spec' }))
    },
  )
})

describe('webhooks', () => {
  it('stand at the top of the document', () => {
    const app = new App()
    const added = app.webhook('reviewAdded', { body: Event, tags: ['hooks'], summary: 'A review came' })
    app.webhook('hidden', { hidden: true })
    expectTypeOf<Input<typeof added.spec.body>>().toEqualTypeOf<{ id: string; paid?: boolean | undefined }>()
    const { webhooks, components } = app.openapi()
    expect(webhooks).toEqual({
      reviewAdded: {
        post: {
          tags: ['hooks'],
          summary: 'A review came',
          operationId: 'reviewAdded',
          requestBody: {
            required: true,
            content: { 'application/json': { schema: { $ref: '#/components/schemas/Event' } } },
          },
          responses: { 200: { description: 'Success', content: { '*/*': { schema: {} } } } },
        },
      },
    })
    expect(Object.keys((components as { schemas: object }).schemas)).toEqual(['Event'])
  })

  it('are those of a copy, too, and come when they are added', () => {
    const app = new App()
    expect(app.openapi()['webhooks']).toBeUndefined()
    app.webhook('a', { method: 'PUT' })
    expect(Object.keys(at(app.with().openapi(), 'webhooks', 'a') as Json)).toEqual(['put'])
  })

  it('of one name differ in their methods', () => {
    const app = new App()
    app.webhook('item', { method: 'PUT', operationId: 'itemChanged' })
    app.webhook('item', { method: 'DELETE', operationId: 'itemGone' })
    expect(Object.keys(at(app.openapi(), 'webhooks', 'item') as Json)).toEqual(['put', 'delete'])
  })

  it('are left out where all are hidden, and so are callbacks', () => {
    const app = new App()
    app.webhook('secret', { hidden: true })
    app.get('/', { callbacks: { secret: callback('{$request.query.url}', { hidden: true }) } }, () => 1)
    expect(app.openapi()['webhooks']).toBeUndefined()
    expect(at(app.openapi(), 'paths', '/', 'get', 'callbacks')).toBeUndefined()
  })

  it('refuse the id of an operation', () => {
    const app = new App()
    app.get('/', { operationId: 'added' }, () => 1)
    app.webhook('added', {})
    expect(() => app.plans).toThrow("POST added and GET / have one operationId, 'added'")
  })

  it('refuse keys that they do not have', () => {
    // @ts-expect-error: what is sent has no handler and no middleware
    expect(() => new App().webhook('a', { use: [] })).toThrow("The webhook 'a' declares 'use'")
  })
})
