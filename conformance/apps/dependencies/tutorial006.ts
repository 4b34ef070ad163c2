import { App, dependency, fail } from 'millrace'
import { z } from 'zod'

export const app = new App({ compat: 'fastapi' })

const verifyToken = dependency({ headers: z.object({ 'x-token': z.string() }) }, ({ headers }) => {
  if (headers['x-token'] !== 'fake-super-secret-token') fail(400, 'X-Token header invalid')
})

const verifyKey = dependency({ headers: z.object({ 'x-key': z.string() }) }, ({ headers }) => {
  if (headers['x-key'] !== 'fake-super-secret-key') fail(400, 'X-Key header invalid')
})

export const readItems = app.get('/items/', { deps: { verifyToken, verifyKey } }, function readItems() {
  return [{ item: 'Foo' }, { item: 'Bar' }]
})
