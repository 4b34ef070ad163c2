import { App, silentLogger, sse } from 'millrace'
import { defineModel, inline, listModels, model, workers } from 'millrace/models'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { freePort } from '../support/freePort.ts'
import { describeTransports, serveHttp } from '../support/serve.ts'

const words = new URL('../fixtures/models/words.model.ts', import.meta.url)
const post = (body: unknown) => ({
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
})

function makeApp(options: { maxSize?: number } = {}) {
  const shout = model({
    name: 'shout',
    input: z.string(),
    output: z.string(),
    runtime: workers(words),
    queue: { maxSize: options.maxSize ?? 512 },
    log: silentLogger,
  })
  const app = new App({ logger: false })
  app.post(
    '/shout',
    { body: z.object({ word: z.string() }), response: z.string(), deps: { shout } },
    ({ body, shout }) => shout.run(body.word),
  )
  app.post('/shouts', { body: z.array(z.string()), deps: { shout } }, ({ body, shout }) => shout.runMany(body))
  app.get(
    '/spell',
    { query: z.object({ word: z.string() }), response: sse(z.string()), deps: { shout } },
    ({ query, shout }) => shout.stream(query.word),
  )
  app.get('/models', listModels(shout))
  return { app, shout }
}

describeTransports('a model behind an operation', (serve) => {
  it('opens with the app, answers, and tells its times', async () => {
    const { app, shout } = makeApp()
    const { request, close } = await serve(app)
    const response = await request('/shout', post({ word: 'hello' }))
    expect([response.status, await response.json()]).toEqual([200, 'HELLO'])
    for (const name of ['x-queue-time', 'x-inference-time', 'x-total-time'])
      expect(response.headers.get(name)).toMatch(/^\d+\.\d$/)
    expect(await shout.status()).toMatchObject({ state: 'ready', queued: 0, running: 0 })
    await close()
    expect((await shout.status()).state).toBe('unloaded')
  })

  it('counts the slot of a request for one of its items, so that as many fit as the queue takes', async () => {
    const { app, shout } = makeApp({ maxSize: 3 })
    const { request } = await serve(app)
    const fitting = await request('/shouts', post(['a', 'b', 'c']))
    expect([fitting.status, await fitting.json()]).toEqual([200, ['A', 'B', 'C']])
    const tooMany = await request('/shouts', post(['a', 'b', 'c', 'd']))
    // It would find no room however often it came, so it is not told when to come again.
    expect([tooMany.status, tooMany.headers.get('retry-after'), await tooMany.json()]).toMatchObject([
      413,
      null,
      { code: 'too_many_items', detail: "4 items are more than the model 'shout' takes at once: 3 at most" },
    ])
    expect(await shout.status()).toMatchObject({ queued: 0, running: 0 })
  })

  it('answers what the model says is wrong with an item, and hides what is wrong with the model', async () => {
    const { app } = makeApp()
    const { request } = await serve(app)
    const bad = await request('/shout', post({ word: 'fail' }))
    expect([bad.status, await bad.json()]).toMatchObject([422, { code: 'bad_word', detail: 'this word fails' }])
    const broken = await request('/shout', post({ word: 'throw' }))
    expect([broken.status, await broken.json()]).toMatchObject([500, { code: 'internal_error' }])
  })

  it('streams', async () => {
    const { app, shout } = makeApp()
    const { request } = await serve(app)
    const response = await request('/spell?word=abc')
    expect(await response.text()).toBe('data: "A"\n\ndata: "B"\n\ndata: "C"\n\n')
    // How long it waited, and took to its first piece.
    for (const name of ['x-queue-time', 'x-inference-time', 'x-total-time'])
      expect(response.headers.get(name)).toMatch(/^\d+\.\d$/)
    await expect.poll(async () => (await shout.status()).running).toBe(0)
  })

  it('lists itself', async () => {
    const { app } = makeApp()
    const { request } = await serve(app)
    await request('/shout', post({ word: 'hello' }))
    const response = await request('/models')
    expect(await response.json()).toMatchObject({
      models: [
        { name: 'shout', state: 'ready', runtime: 'workers', lanes: 1, queued: 0, running: 0, batches: 1, done: 1 },
      ],
    })
  })

  it('can be replaced in a test', async () => {
    const { app, shout } = makeApp()
    const fake = { run: async (word: string) => `fake ${word}`, runMany: async () => [], stream: async function* () {} }
    const { request } = await serve(app.with({ overrides: [[shout, () => fake]] }))
    expect(await (await request('/shout', post({ word: 'hello' }))).json()).toBe('fake hello')
    expect((await shout.status()).state).toBe('unloaded')
  })
})

it('refuses before the body is read when it is full, and counts back to nothing', async () => {
  const { app, shout } = makeApp({ maxSize: 1 })
  const { request, url } = await serveHttp(app)
  const controller = new AbortController()
  // A body that never ends keeps the only slot.
  const endless = new ReadableStream({ start: (stream) => stream.enqueue(new TextEncoder().encode('{"word":')) })
  const held = fetch(`${url}/shout`, {
    ...post(''),
    body: endless,
    duplex: 'half',
    signal: controller.signal,
  } as RequestInit).catch(() => 'gone')
  await expect.poll(async () => (await shout.status()).reserved).toBe(1)
  const refused = await request('/shout', post({ word: 'hello' }))
  expect([refused.status, refused.headers.get('retry-after'), refused.headers.get('retry-after-ms')]).toEqual([
    503,
    '1',
    '1000',
  ])
  expect(await refused.json()).toMatchObject({ code: 'queue_full' })
  controller.abort()
  expect(await held).toBe('gone')
  await expect.poll(async () => (await shout.status()).running).toBe(0)
  expect((await request('/shout', post({ word: 'hello' }))).status).toBe(200)
})

it('is not ready before its models are', async () => {
  let open: (() => void) | undefined
  const gate = new Promise<void>((resolve) => (open = resolve))
  const slow = model({
    name: 'slow',
    input: z.string(),
    output: z.string(),
    runtime: inline(defineModel({ load: () => gate, run: (_gate, batch: string[]) => batch })),
  })
  const app = new App({ deps: { slow }, logger: false })
  app.get('/', () => 'hello')
  const port = await freePort()
  const listening = app.listen({ port, signals: false })
  const status = async (path: string) => (await fetch(`http://127.0.0.1:${port}${path}`)).status
  await expect.poll(() => status('/livez').catch(() => 0)).toBe(200)
  expect([await status('/readyz'), await status('/')]).toEqual([503, 503])
  open?.()
  const server = await listening
  expect([await status('/readyz'), await status('/')]).toEqual([200, 200])
  await server.close()
})

it('gives up what it runs for a client that leaves', async () => {
  const { app, shout } = makeApp()
  const { url } = await serveHttp(app)
  const controller = new AbortController()
  const left = fetch(`${url}/shout`, { ...post({ word: 'wait' }), signal: controller.signal }).catch(() => 'gone')
  await expect.poll(async () => (await shout.status()).batches).toBe(1)
  controller.abort()
  expect(await left).toBe('gone')
  await expect.poll(() => shout.status()).toMatchObject({ running: 0, cancelled: 1 })
})
