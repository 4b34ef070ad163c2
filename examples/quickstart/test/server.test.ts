import type { Server } from 'millrace'
import { inline, model } from 'millrace/models'
import { afterEach, expect, test } from 'vitest'
import { z } from 'zod'
import { embedder } from '../models/embedder.ts'
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
  const asked: string[] = []
  const left = Promise.withResolvers<void>()
  let isServing = false
  // Answers the question and the first passage, then computes until it is told to stop.
  const endless = model({
    name: 'endless',
    input: z.string(),
    output: z.instanceof(Float32Array),
    runtime: inline<undefined, string, Float32Array>({
      run: async (_, texts, { signal }) => {
        if (isServing) asked.push(texts.join(' '))
        if (asked.length > 2) {
          await new Promise((resolve) => signal.addEventListener('abort', resolve))
          left.resolve()
        }
        return texts.map(() => new Float32Array(512).fill(1 / Math.sqrt(512)))
      },
    }),
  })
  const { app } = quickstart()
  const server = await app.with({ overrides: [[embedder, endless]] }).listen({ port: 0, signals: false })
  servers.push(server)
  isServing = true
  const controller = new AbortController()
  const response = await fetch(`${server.url}/ask?question=eggs`, { signal: controller.signal })
  const reader = (response.body as ReadableStream<Uint8Array>).getReader()
  const first = new TextDecoder().decode((await reader.read()).value)
  expect(first).toMatch(/^event: passage\ndata: .+\nid: 1\n/)
  controller.abort()
  await left.promise
  expect(asked).toHaveLength(3)
})
