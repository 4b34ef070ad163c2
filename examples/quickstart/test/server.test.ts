import type { Server } from 'millrace'
import { afterEach, expect, test } from 'vitest'
import { models } from '../models/models.ts'
import type { CallOptions, TextModels } from '../models/TextModels.ts'
import { quickstart } from './support/quickstart.ts'

const servers: Server[] = []

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()))
})

test('other requests are answered while 64 texts are embedded', async () => {
  const { app } = quickstart()
  const server = await app.listen({ port: 0, signals: false })
  servers.push(server)
  const order: string[] = []
  const embedded = fetch(`${server.url}/embed`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ input: Array.from({ length: 64 }, (_, index) => `Sentence ${index} of the river.`) }),
  }).then(async (response) => {
    order.push('embed')
    return ((await response.json()) as { embeddings: number[][] }).embeddings.length
  })
  for (let count = 0; count < 20; count++) {
    expect((await fetch(`${server.url}/livez`)).status).toBe(200)
    order.push('livez')
  }
  expect(await embedded).toBe(64)
  expect(order).toEqual([...Array(20).fill('livez'), 'embed'])
})

test('a reader who leaves stops the work on the answer', async () => {
  const { app: real } = quickstart()
  const calls: string[] = []
  const left = Promise.withResolvers<void>()
  // Answers the question and the first passage, then computes until it is told to stop.
  const embed = async (texts: readonly string[], { signal }: CallOptions = {}): Promise<Float32Array[]> => {
    if (signal) calls.push(texts.join(' '))
    if (signal && calls.length > 2)
      await new Promise((_, reject) => {
        signal.addEventListener('abort', () => {
          left.resolve()
          reject(signal.reason)
        })
      })
    return texts.map(() => new Float32Array(512).fill(1 / Math.sqrt(512)))
  }
  const endless: TextModels = {
    detectLanguage: () => expect.unreachable('nobody asks for a language'),
    // A vector for each text, which the type of `map` does not tell.
    embed: embed as TextModels['embed'],
  }
  const server = await real.with({ overrides: [[models, () => endless]] }).listen({ port: 0, signals: false })
  servers.push(server)
  const controller = new AbortController()
  const response = await fetch(`${server.url}/ask?question=eggs`, { signal: controller.signal })
  const reader = (response.body as ReadableStream<Uint8Array>).getReader()
  const first = new TextDecoder().decode((await reader.read()).value)
  expect(first.startsWith('event: passage\nid: 1\n')).toBe(true)
  controller.abort()
  await left.promise
  expect(calls).toHaveLength(3)
})
