import { App, form, Router, StartupError } from 'millrace'
import { createClient } from 'millrace/client'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { describeTransports } from './support/serve.ts'

describeTransports('one handler for several methods', (serve) => {
  it('answers each, and is an operation for each', async () => {
    const router = new Router({ prefix: '/pages' })
    const [read, send] = router.route(['GET', 'POST'], '/:id', { summary: 'A page' }, ({ method, params }) => ({
      method,
      id: params.id,
    }))
    const app = new App({ docs: false }).include(router)
    const { request } = await serve(app)
    expect(await (await request('/pages/1')).json()).toEqual({ method: 'GET', id: '1' })
    expect(await (await request('/pages/1', { method: 'POST' })).json()).toEqual({ method: 'POST', id: '1' })
    expect((await request('/pages/1', { method: 'HEAD' })).status).toBe(200)
    const refused = await request('/pages/1', { method: 'PUT' })
    expect([refused.status, refused.headers.get('allow')]).toEqual([405, 'GET, HEAD, OPTIONS, POST'])
    const operations = app.openapi().paths?.['/pages/{id}'] as Record<string, object>
    expect(Object.entries(operations)).toEqual([
      ['get', expect.objectContaining({ operationId: 'getPagesById', summary: 'A page' })],
      ['post', expect.objectContaining({ operationId: 'postPagesById', summary: 'A page' })],
    ])
    expect([app.urlFor(read, { id: 'a' }), app.urlFor(send, { id: 'b' })]).toEqual(['/pages/a', '/pages/b'])
    expect([read.method, send.method]).toEqual(['GET', 'POST'])
  })

  it('checks by one spec, and is called by a typed client', async () => {
    const app = new App({ docs: false })
    const fields = z.object({ name: z.string() })
    const [replaceItem, changeItem] = app.route(
      ['PUT', 'PATCH'],
      '/items',
      { body: form(fields), response: z.object({ by: z.string(), name: z.string() }) },
      ({ method, body }) => ({ by: method, name: body.name }),
    )
    const { request, url } = await serve(app)
    type Api = { replaceItem: typeof replaceItem; changeItem: typeof changeItem }
    const client = createClient<Api>({
      baseUrl: `${url}/`,
      fetch: (target, init) => request(target.slice(url.length), init),
    })
    const options = { form: { name: 'rye' } }
    expect(await client.put('/items', options)).toEqual({ by: 'PUT', name: 'rye' })
    expect(await client.patch('/items', options)).toEqual({ by: 'PATCH', name: 'rye' })
    const wrong = await request('/items', { method: 'PATCH', body: new URLSearchParams({ other: '1' }) })
    expect(wrong.status).toBe(422)
  })
})

it('is refused where it cannot be', () => {
  const app = new App()
  const refusal = (message: string) => expect.objectContaining({ code: 'malformed_spec', message })
  const refused = (register: () => unknown, message: string) => expect(register).toThrow(refusal(message))
  const known = 'GET, POST, PUT, PATCH, DELETE, HEAD, OPTIONS, QUERY'
  refused(
    // @ts-expect-error there has to be one
    () => app.route([], '/a', () => 1),
    `The route /a has no methods: give it some of ${known}`,
  )
  refused(
    // @ts-expect-error not upper case
    () => app.route(['get'], '/a', () => 1),
    `The route /a has the method 'get': give it some of ${known}`,
  )
  refused(
    () => app.route(['GET', 'POST'], '/a', { operationId: 'a' }, () => 1),
    "The route /a has one operationId, 'a', for several operations: leave it out, or register them one by one",
  )
  expect(app.plans.map(({ path }) => path)).not.toContain('/a')
  app.route(['GET', 'GET'], '/twice', () => 1)
  expect(() => app.plans).toThrow(StartupError)
})
