import { expect, it } from 'vitest'
import { app } from '../apps/async_tests/main.ts'

it('asks an app in its own process, without a server', async () => {
  const response = await app.request('/')
  expect([response.status, await response.json()]).toEqual([200, { message: 'Tomato' }])
})
