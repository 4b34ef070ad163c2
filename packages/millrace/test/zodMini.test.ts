import { App } from 'millrace'
import { expect, it } from 'vitest'
import * as z from 'zod/mini'

it('coerces and documents schemas of zod/mini', async () => {
  const app = new App()
  app.get('/', { query: z.object({ n: z.int(), on: z.optional(z.boolean()) }) }, ({ query }) => query)
  const response = await app.request('/?n=3&on=true')
  expect(await response.json()).toEqual({ n: 3, on: true })
  const { paths } = app.openapi() as { paths: Record<string, { get: { parameters: unknown } }> }
  expect(paths['/']?.get.parameters).toEqual([
    { name: 'n', in: 'query', required: true, schema: { type: 'integer' } },
    { name: 'on', in: 'query', schema: { type: 'boolean' } },
  ])
})
