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

test.for([
  ['W2', 8.5],
  ['W2 float32', 18],
] as const)(
  'the bodies of %s have 300 bytes, their answers 64 numbers of their own, in texts of one length',
  ([name, digits]) => {
    const { requests } = workload(name)
    const answers = requests.map(({ expected }) => (expected as { json: object }).json)
    expect(new Set(requests.map(({ body }) => Buffer.byteLength(body ?? '')))).toEqual(new Set([300]))
    expect(new Set(answers.map((answer) => JSON.stringify(answer).length)).size).toBe(1)
    expect(new Set(answers.map((answer) => Object.values(answer).flat().length))).toEqual(new Set([64]))
    expect(JSON.stringify(Object.values(answers[0] as object).flat())).toHaveLength(64 * (digits + 1) + 1)
    expect(new Set(answers.flatMap((answer) => Object.values(answer).flat())).size).toBeGreaterThan(60_000)
  },
)
