import { readFile } from 'node:fs/promises'
import type { Server } from 'millrace'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { app } from '../app.ts'
import { classifier } from '../classifier.ts'

interface Sample {
  readonly label: number
  /** 8 × 8, each 0 to 16. */
  readonly pixels: readonly (readonly number[])[]
}

const samples: readonly Sample[] = JSON.parse(await readFile(new URL('./samples.json', import.meta.url), 'utf8'))

let server: Server

beforeAll(async () => {
  server = await app.listen({ port: 0, signals: false, graceMs: 500 })
})

afterAll(() => server.close())

// biome-ignore lint/suspicious/noExplicitAny: JSON whose members the tests assert one by one
async function classify(pixels: unknown): Promise<{ status: number; headers: Headers; body: any }> {
  const response = await fetch(`${server.url}/classify`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ pixels }),
  })
  return { status: response.status, headers: response.headers, body: await response.json() }
}

const inked = ({ pixels }: Sample) => pixels.map((row) => row.map((pixel) => pixel / 16))

/** The picture on 28 × 28 pixels: three times as large, somewhere. */
function enlarged(sample: Sample, left: number, top: number): number[][] {
  const rows = inked(sample)
  return Array.from({ length: 28 }, (_, y) =>
    Array.from({ length: 28 }, (_, x) => rows[Math.floor((y - top) / 3)]?.[Math.floor((x - left) / 3)] ?? 0),
  )
}

test('recognises digits of the dataset that it has not learnt from, in batches', async () => {
  const batchesBefore = (await classifier.status()).batches
  const answers = await Promise.all(samples.map((sample) => classify(inked(sample))))
  expect(answers.map(({ status }) => status)).toEqual(samples.map(() => 200))
  const right = answers.filter(({ body }, index) => body.digit === samples[index]?.label)
  expect(`${right.length} of ${samples.length}`).toBe('49 of 50')
  for (const { body } of answers) {
    expect(body.probabilities).toHaveLength(10)
    expect(body.probabilities.reduce((sum: number, one: number) => sum + one, 0)).toBeCloseTo(1, 5)
    expect(body.probability).toBe(Math.max(...body.probabilities))
  }
  expect((await classifier.status()).batches - batchesBefore).toBeLessThan(50)
})

test('gives the same answer alone and among others', async () => {
  const [first] = samples as [Sample]
  const alone = await classify(inked(first))
  const [among] = (await Promise.all(samples.map((sample) => classify(inked(sample))))) as [typeof alone]
  expect(among.body.digit).toBe(alone.body.digit)
  expect(among.body.probability).toBeCloseTo(alone.body.probability, 6)
})

test('finds the digit in pictures of 28 × 28 pixels', async () => {
  const answers = await Promise.all(samples.map((sample) => classify(enlarged(sample, 1, 3))))
  const right = answers.filter(({ body }, index) => body.digit === samples[index]?.label)
  expect(`${right.length} of ${samples.length}`).toBe('48 of 50')
})

test('answers an empty picture', async () => {
  const empty = (side: number) => new Array(side).fill(new Array(side).fill(0))
  const [small, large] = await Promise.all([classify(empty(8)), classify(empty(28))])
  expect(small.status).toBe(200)
  expect(large.body).toEqual(small.body)
})

test('tells how long it took', async () => {
  const { headers } = await classify(inked(samples[0] as Sample))
  expect(headers.get('x-inference-time')).toMatch(/^\d+\.\d$/)
})

test.each([
  ['another size', new Array(9).fill(new Array(9).fill(0))],
  ['rows of different lengths', [...new Array(7).fill(new Array(8).fill(0)), [0]]],
  ['a number out of range', new Array(8).fill(new Array(8).fill(16))],
  ['no numbers', new Array(8).fill(new Array(8).fill('ink'))],
  ['nothing', undefined],
])('refuses %s', async (_, pixels) => {
  const { status, body } = await classify(pixels)
  expect(status).toBe(422)
  expect(body.code).toBe('invalid_input')
})
