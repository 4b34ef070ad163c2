import { App, dependency, type Spec } from 'millrace'
import { expect, it } from 'vitest'
import { z } from 'zod'

const misspelt = { dep: { user: dependency(() => 'user') } }

it('refuses a key that no spec has, such as a misspelt guard', () => {
  const app = new App()
  expect(() => app.get('/secret', misspelt, () => 'secret')).toThrow(
    "GET /secret declares 'dep', which is no key of a spec",
  )
})

it.each([
  ['/items/{id}', "names a parameter as '{id}': here it is written ':id'"],
  ['/items/<int:id>', "names a parameter as '<int:id>': here it is written ':id'"],
  ['/files/{file:path}', "names a parameter as '{file:path}': here it is written '*file'"],
])('says how the parameter of %s is written here', (path, message) => {
  expect(() => new App().get(path, () => 'never')).toThrow(message)
})

it('lays what an app adds over its document', () => {
  const scheme = { type: 'http', scheme: 'bearer' }
  const app = new App({ openapi: { components: { securitySchemes: { token: scheme } }, info: { 'x-owner': 'us' } } })
  expect(app.openapi()).toMatchObject({
    info: { title: 'Millrace API', 'x-owner': 'us' },
    components: { securitySchemes: { token: scheme } },
  })
})

const item = dependency({ params: z.object({ itemId: z.string() }) }, ({ params }) => params.itemId)

it.each<[string, object, string]>([
  [
    '/items/:id',
    { params: z.object({ idd: z.int() }) },
    "'params' of GET /items/:id wants 'idd', which the path does not have: it has ':id'",
  ],
  [
    '/items',
    { params: z.object({ id: z.int() }) },
    "'params' of GET /items wants 'id', which the path does not have: it has no parameters",
  ],
  [
    '/items/:id',
    { deps: { item } },
    "'params' of 'dependency', needed by GET /items/:id, wants 'itemId', which the path does not have: it has ':id'",
  ],
  ['/items', { deps: { x: () => 5 } }, "'x' in 'deps' of GET /items is no dependency: make it by dependency()"],
  ['/items', { response: 5 }, "'response' of GET /items is neither a Standard Schema nor json()"],
  ['/items', { body: 'text' }, "'body' of GET /items is neither a Standard Schema nor form()"],
  [
    '/items',
    { responses: { 404: 5 } },
    "'responses' of GET /items has what is neither a Standard Schema nor an object",
  ],
])('says of %s before anything is served what is wrong', async (path, spec, message) => {
  const app = new App({ logger: false })
  app.get(path, spec as Spec, () => 'never')
  await expect(app.start()).rejects.toThrow(message)
  await expect(app.start()).rejects.toMatchObject({ code: 'malformed_spec' })
})

it('takes a path parameter that may be absent for one that some paths have', async () => {
  const app = new App()
  const params = z.object({ id: z.int().optional() })
  app.get('/items', { params }, ({ params }) => params)
  app.get('/items/:id', { params }, ({ params }) => params)
  expect(await (await app.request('/items')).json()).toEqual({})
  expect(await (await app.request('/items/3')).json()).toEqual({ id: 3 })
})
