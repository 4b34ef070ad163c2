import { dependency, fail } from 'millrace'
import { z } from 'zod'

export const tokenHeader = dependency({ headers: z.object({ 'x-token': z.string() }) }, ({ headers }) => {
  if (headers['x-token'] !== 'fake-super-secret-token') fail(400, 'X-Token header invalid')
})

export const queryToken = dependency({ query: z.object({ token: z.string() }) }, ({ query }) => {
  if (query.token !== 'jessica') fail(400, 'No Jessica token provided')
})
