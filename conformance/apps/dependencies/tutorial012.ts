import { App, dependency, fail } from 'millrace'
import { z } from 'zod'

const verifyToken = dependency({ headers: z.object({ 'x-token': z.string() }) }, ({ headers }) => {
  if (headers['x-token'] !== 'fake-super-secret-token') fail(400, 'X-Token header invalid')
})

const verifyKey = dependency({ headers: z.object({ 'x-key': z.string() }) }, ({ headers }) => {
  if (headers['x-key'] !== 'fake-super-secret-key') fail(400, 'X-Key header invalid')
})

export const app = new App({ compat: 'fastapi', deps: { verifyToken, verifyKey } })

export const readItems = app.get('/items/', function readItems() {
  return [{ item: 'Portal Gun' }, { item: 'Plumbus' }]
})

export const readUsers = app.get('/users/', function readUsers() {
  return [{ username: 'Rick' }, { username: 'Morty' }]
})
