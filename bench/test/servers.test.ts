import { expect, test } from 'vitest'
import { type Start, servers } from '../http/servers.ts'
import { verify } from '../http/verify.ts'
import { workload, workloads } from '../http/workloads.ts'

const ours = servers.filter(({ install }) => install === 'repository')

test.for(ours)('$name answers every workload and refuses faulty input', async ({ name, file }) => {
  const { start }: { start: Start } = await import(new URL(`../http/${file}`, import.meta.url).href)
  const { port, close } = await start(0)
  try {
    await verify(name, port, workloads)
  } finally {
    await close()
  }
})

test('the body of W2 has 300 bytes, its answer 64 numbers', () => {
  const { request, expected } = workload('W2')
  expect(Buffer.byteLength(request.body ?? '')).toBe(300)
  expect(Object.values((expected as { json: object }).json).flat()).toHaveLength(64)
})
