import { expect, test } from 'vitest'
import { servers } from '../http/servers.ts'
import { verify } from '../http/verify.ts'
import { workloads } from '../http/workloads.ts'

test.for(Object.entries(servers))('%s answers every workload and refuses faulty input', async ([name, load]) => {
  const { start } = await load()
  const { port, close } = await start()
  try {
    await verify(name, port)
  } finally {
    await close()
  }
})

test('the body of W2 has 300 bytes, its answer 64 numbers', () => {
  const { request, expected } = workloads.find(({ name }) => name === 'W2') ?? expect.unreachable()
  expect(Buffer.byteLength(request.body ?? '')).toBe(300)
  expect(Object.values(expected as object).flat()).toHaveLength(64)
})
