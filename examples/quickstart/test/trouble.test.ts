import { type Server, silentLogger } from 'millrace'
import { model, type QueueOptions, workers } from 'millrace/models'
import { afterEach, expect, test } from 'vitest'
import { z } from 'zod'
import { embedder } from '../models/embedder.ts'
import { post, quickstart } from './support/quickstart.ts'

const servers: Server[] = []

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()))
})

type Vectors = typeof embedder

/** The quickstart with a model in place of the embeddings, listening. */
async function withModel(vectors: Vectors): Promise<(input: unknown, signal?: AbortSignal) => Promise<Response>> {
  const { app } = quickstart()
  const server = await app.with({ overrides: [[embedder, vectors]] }).listen({ port: 0, signals: false, graceMs: 0 })
  servers.push(server)
  return (input, signal) =>
    fetch(`${server.url}/embed`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ input }),
      ...(signal ? { signal } : {}),
    })
}

const runtime = workers(new URL('./support/scripted.model.ts', import.meta.url))

function scripted(queue: QueueOptions = {}): Vectors {
  return model({
    name: 'scripted',
    input: z.string(),
    output: z.instanceof(Float32Array),
    runtime,
    queue,
    log: silentLogger,
  })
}

test('a worker that ends fails the request it had, and the next one is answered by a new worker', async () => {
  const vectors = scripted()
  const embed = await withModel(vectors)
  const failed = await embed(['fine', 'exit'])
  expect([failed.status, ((await failed.json()) as { code: string }).code]).toEqual([503, 'worker_lost'])
  expect((await embed('again')).status).toBe(200)
  expect(await vectors.status()).toMatchObject({ state: 'ready', restarts: 1, queued: 0, running: 0 })
})

test.each([
  ['throw', 'out of tensors'],
  ['refuse', 'no such token'],
])('what the model says of its own failure (%s) is not told', async (text, reason) => {
  const embed = await withModel(scripted())
  const failed = await embed(text)
  const problem = await failed.text()
  expect([failed.status, JSON.parse(problem).code]).toEqual([500, 'internal_error'])
  expect(problem).not.toContain(reason)
  expect((await embed('next')).status).toBe(200)
})

test('a client that leaves frees the worker', async () => {
  const vectors = scripted()
  const embed = await withModel(vectors)
  const { batches } = await vectors.status()
  const controller = new AbortController()
  const left = embed('hang', controller.signal).catch(() => 'gone')
  await expect.poll(async () => (await vectors.status()).batches).toBe(batches + 1)
  controller.abort()
  expect(await left).toBe('gone')
  expect((await embed('next')).status).toBe(200)
  expect(await vectors.status()).toMatchObject({ cancelled: 1, queued: 0, running: 0 })
})

test('more texts than the queue takes are refused at once', async () => {
  // The start-up embeds ten texts at once.
  const vectors = scripted({ maxSize: 10 })
  const embed = await withModel(vectors)
  const controller = new AbortController()
  const held = embed(Array(10).fill('hang'), controller.signal).catch(() => 'gone')
  await expect.poll(async () => (await vectors.status()).running).toBe(10)
  const refused = await embed('one more')
  expect([refused.status, ((await refused.json()) as { code: string }).code]).toEqual([503, 'queue_full'])
  expect(refused.headers.get('retry-after')).toBe('1')
  controller.abort()
  expect(await held).toBe('gone')
  await expect.poll(async () => (await vectors.status()).running).toBe(0)
  expect((await embed('one more')).status).toBe(200)
})

test('what is not there in time is answered with 504', async () => {
  const embed = await withModel(scripted({ deadlineMs: 500 }))
  const late = await embed('hang')
  expect([late.status, ((await late.json()) as { code: string }).code]).toEqual([504, 'deadline_passed'])
})

test('a model that cannot be loaded keeps the app from starting, and says why', async () => {
  const broken = model({
    name: 'broken',
    input: z.string(),
    output: z.instanceof(Float32Array),
    runtime: workers(`data:text/javascript,${encodeURIComponent("throw new Error('no weights')")}`),
    log: silentLogger,
  })
  const { app } = quickstart()
  await expect(app.with({ overrides: [[embedder, broken]] }).start()).rejects.toThrow('no weights')
})

test('one text does not wait for many that came before it, and the models tell what they did', async () => {
  const { app } = quickstart()
  await app.start()
  try {
    const order: string[] = []
    const many = Array.from({ length: 64 }, (_, index) => `Sentence number ${index} about the river.`)
    await Promise.all([
      post(app, '/embed', { input: many }).then(() => order.push('many')),
      post(app, '/embed', { input: 'one' }).then(() => order.push('one')),
    ])
    expect(order).toEqual(['one', 'many'])
    const { models } = (await (await app.request('/models')).json()) as { models: unknown[] }
    expect(models).toMatchObject([
      { name: 'universal-sentence-encoder-lite', state: 'ready', runtime: 'workers', queued: 0, running: 0, failed: 0 },
      { name: 'lande', state: 'ready', runtime: 'workers', queued: 0, running: 0, batches: 0 },
    ])
  } finally {
    await app.stop()
  }
})
