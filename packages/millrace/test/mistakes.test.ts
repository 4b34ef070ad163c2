import { App, dependency } from 'millrace'
import { expect, it } from 'vitest'

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
