import { readFile } from 'node:fs/promises'
import type { Server } from 'millrace'
import { model, remote } from 'millrace/models'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { embedder } from '../embedder.ts'
import { dot } from '../vectors.ts'
import { hasModel, serve } from './support/server.ts'

/** What the model written in NumPy gives: `model/export.py --reference`. */
const reference: readonly { text: string; vector: number[] }[] = JSON.parse(
  await readFile(new URL('./reference.json', import.meta.url), 'utf8'),
)

describe.skipIf(!hasModel)('the server', () => {
  let server: Server

  beforeAll(async () => {
    server = await serve()
  })

  afterAll(() => server?.close())

  async function post(path: string, body: object) {
    const response = await fetch(server.url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    // biome-ignore lint/suspicious/noExplicitAny: JSON whose members the tests assert one by one
    return { status: response.status, headers: response.headers, body: (await response.json()) as any }
  }

  async function embed(...input: string[]): Promise<Float32Array[]> {
    const { body } = await post('/v1/embeddings', { input })
    return body.data.map(({ embedding }: { embedding: number[] }) => Float32Array.from(embedding))
  }

  function expectEqual(vector: ArrayLike<number>, expected: ArrayLike<number>) {
    expect(vector.length).toBe(expected.length)
    const differences = Array.from(vector, (number, index) => Math.abs(number - (expected[index] as number)))
    expect(Math.max(...differences)).toBeLessThan(1e-4)
  }

  test('gives the vectors of the model written in NumPy, of texts of different lengths in one batch', async () => {
    const before = (await embedder.status()).batches
    const vectors = await embed(...reference.map(({ text }) => text))
    expect(vectors).toHaveLength(reference.length)
    for (const [index, { vector }] of reference.entries()) expectEqual(vectors[index] as Float32Array, vector)
    expect((await embedder.status()).batches).toBe(before + 1)
  })

  test('answers in the form of OpenAI', async () => {
    const [{ text, vector }] = reference as [{ text: string; vector: number[] }]
    const { status, headers, body } = await post('/v1/embeddings', { input: text, model: 'text-embedding-3-small' })
    expect(status).toBe(200)
    expect(headers.get('x-inference-time')).toMatch(/^\d+\.\d$/)
    expect(body).toEqual({
      object: 'list',
      model: 'all-MiniLM-L6-v2',
      data: [{ object: 'embedding', index: 0, embedding: expect.any(Array) }],
    })
    expectEqual(body.data[0].embedding, vector)
    const short = await post('/v1/embeddings', { input: text, encoding_format: 'base64' })
    const bytes = Buffer.from(short.body.data[0].embedding, 'base64')
    const numbers = Array.from({ length: bytes.length / 4 }, (_, index) => bytes.readFloatLE(index * 4))
    expectEqual(numbers, vector)
  })

  test('serves another Millrace, as OpenAI would', async () => {
    const far = model({
      name: 'far',
      input: z.string(),
      output: z.array(z.number()),
      runtime: remote({ protocol: 'openai', url: server.url, model: 'all-MiniLM-L6-v2' }),
    })
    const vectors = await far.runMany(reference.map(({ text }) => text))
    for (const [index, { vector }] of reference.entries()) expectEqual(vectors[index] as number[], vector)
    await far.close()
  })

  test.each([
    ['She is a physician.', 'She works as a doctor in a hospital.', 'The train was late again.'],
    ['How old are you?', 'What is your age?', 'What is your address?'],
    ['The stock market fell sharply.', 'Share prices dropped a lot.', 'The cat fell off the roof.'],
    ['A man is eating pasta.', 'Someone has noodles for lunch.', 'A man is riding a horse.'],
  ])('“%s” is nearer to “%s” than to “%s”', async (text, near, far) => {
    const [first, second, third] = (await embed(text, near, far)) as [Float32Array, Float32Array, Float32Array]
    expect(dot(first, second)).toBeGreaterThan(dot(first, third) + 0.1)
    expect(dot(first, first)).toBeCloseTo(1, 5)
  })

  test('orders texts by how near they are to a query', async () => {
    const texts = [
      'Our shop is open from nine to six',
      'How to reset a forgotten password',
      'Send a parcel back within thirty days',
      'Delete my account and all data',
    ]
    const { body } = await post('/rank', { query: 'When do you close?', texts })
    expect(body.ranking.map(({ index }: { index: number }) => index).sort()).toEqual([0, 1, 2, 3])
    expect(body.ranking[0]).toEqual({ index: 0, text: texts[0], similarity: expect.any(Number) })
    const similarities = body.ranking.map(({ similarity }: { similarity: number }) => similarity)
    expect(similarities).toEqual([...similarities].sort((one, other) => other - one))
    const { body: other } = await post('/rank', { query: 'I cannot log in', texts })
    expect(other.ranking[0].index).toBe(1)
  })

  test('requests that come at the same time share batches, and each gets its own', async () => {
    const before = await embedder.status()
    const texts = Array.from({ length: 40 }, (_, index) => `Number ${index} of the mills`)
    const together = await Promise.all(texts.map((text) => embed(text)))
    const { batches, done } = await embedder.status()
    expect(done - before.done).toBe(40)
    expect(batches - before.batches).toBeLessThan(40)
    const again = await embed(...texts)
    for (const [index, [vector]] of together.entries())
      expectEqual(vector as Float32Array, again[index] as Float32Array)
  })

  test('of a text that is too long the model sees the beginning', async () => {
    const long = 'word '.repeat(1_500)
    const [one, other] = await embed(long, `${long} and what nobody reads`)
    expectEqual(one as Float32Array, other as Float32Array)
  })

  test.each([
    ['no text', { input: '' }],
    ['no texts', { input: [] }],
    ['too many', { input: new Array(129).fill('mill') }],
    ['tokens', { input: [1, 2, 3] }],
    ['another format', { input: 'mill', encoding_format: 'int8' }],
  ])('refuses %s', async (_, body) => {
    const answer = await post('/v1/embeddings', body)
    expect(answer.status).toBe(422)
    expect(answer.body.code).toBe('invalid_input')
  })
})
