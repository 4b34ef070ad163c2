import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import type { Server } from 'millrace'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { app } from '../app.ts'
import { pythonClassifier, venv } from '../models.ts'

interface Sample {
  readonly label: number
  readonly pixels: readonly (readonly number[])[]
}

const file = new URL('../../digits/test/samples.json', import.meta.url)
const samples: readonly Sample[] = JSON.parse(await readFile(file, 'utf8'))

const hasPackages = existsSync(venv)
if (!hasPackages) console.warn('Skipped: the model in Python needs its packages; install them with `npm run setup`')

describe.skipIf(!hasPackages)('the model in Python, beside the one in ONNX Runtime', () => {
  let server: Server

  beforeAll(async () => {
    server = await app.listen({ port: 0, signals: false, graceMs: 500 })
  })

  afterAll(() => server.close())

  // biome-ignore lint/suspicious/noExplicitAny: JSON whose members the tests assert one by one
  async function classify(runtime: 'python' | 'onnx', pixels: unknown): Promise<{ status: number; body: any }> {
    const response = await fetch(`${server.url}/${runtime}/classify`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ pixels }),
    })
    return { status: response.status, body: await response.json() }
  }

  const inked = ({ pixels }: Sample) => pixels.map((row) => row.map((pixel) => pixel / 16))

  test('recognises digits in batches', async () => {
    const answers = await Promise.all(samples.map((sample) => classify('python', inked(sample))))
    const right = answers.filter(({ body }, index) => body.digit === samples[index]?.label)
    expect(`${right.length} of ${samples.length}`).toBe('49 of 50')
    expect(await pythonClassifier.status()).toMatchObject({ runtime: 'python', state: 'ready', done: 50 })
    expect((await pythonClassifier.status()).batches).toBeLessThan(50)
  })

  test('gives what ONNX Runtime gives', async () => {
    const [first] = samples as [Sample]
    const [python, onnx] = await Promise.all([classify('python', inked(first)), classify('onnx', inked(first))])
    expect(python.body.digit).toBe(onnx.body.digit)
    for (const [digit, probability] of python.body.probabilities.entries())
      expect(probability).toBeCloseTo(onnx.body.probabilities[digit], 5)
  })

  test('compares both', async () => {
    const response = await fetch(`${server.url}/compare`)
    // biome-ignore lint/suspicious/noExplicitAny: as above
    const comparison: any = await response.json()
    expect(comparison).toMatchObject({ samples: 50, agree: 50 })
    expect(comparison.largestDifference).toBeLessThan(1e-5)
    for (const runtime of ['python', 'onnx'])
      expect(comparison[runtime]).toEqual({ aloneMs: expect.any(Number), togetherMs: expect.any(Number) })
  })

  test('refuses what is no picture', async () => {
    expect((await classify('python', [[0]])).status).toBe(422)
  })
})
