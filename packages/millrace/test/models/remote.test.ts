import { expect, it } from 'vitest'
import { answer, fakeServer, half, make, reset, stall } from '../support/remoteServer.ts'

it('reads no more of an answer than it may, and does not ask again', async () => {
  const { url, asked } = await fakeServer(answer(200, [Array.from({ length: 1000 }, () => 0.5)]))
  const made = make({ protocol: 'text-embeddings', url, maxResponseBytes: 1000 })
  await expect(made.run('a')).rejects.toMatchObject({
    code: 'model_failed',
    message:
      'The remote server answered with more than 1000 bytes: raise maxResponseBytes of remote(), or make batches smaller',
  })
  expect(asked.length).toBe(1)
})

it('tries again what may pass, and obeys retry-after', async () => {
  const { url, asked } = await fakeServer(
    reset,
    answer(503, { error: 'busy' }, { 'retry-after-ms': '1' }),
    answer(200, [[1]]),
  )
  const made = make({ protocol: 'text-embeddings', url })
  expect(await made.run('a')).toEqual([1])
  expect(asked.length).toBe(3)
})

it('leaves a server alone for as long as it wants, and tells the caller', async () => {
  const { url, asked } = await fakeServer(
    answer(429, {}, { 'retry-after': '60' }),
    answer(503, {}, { 'retry-after-ms': '7500' }),
  )
  const made = make({ protocol: 'text-embeddings', url })
  const busy = { status: 503, code: 'remote_failed' }
  await expect(made.run('a')).rejects.toMatchObject({
    ...busy,
    headers: { 'retry-after': '60', 'retry-after-ms': '60000' },
  })
  await expect(made.run('a')).rejects.toMatchObject({
    ...busy,
    headers: { 'retry-after': '8', 'retry-after-ms': '7500' },
  })
  expect(asked.length).toBe(2)
})

it.each([
  [
    '500',
    answer(500, { error: 'broken' }),
    { status: 502, code: 'remote_failed', detail: 'The server behind this model answered with 500' },
  ],
  [
    'a reset',
    reset,
    { status: 502, code: 'remote_failed', detail: 'The server behind this model cannot be reached, or broke off' },
  ],
  ['half an answer', half, { status: 502, code: 'remote_failed' }],
  ['silence', stall, { status: 504, code: 'remote_timeout' }],
  [
    '401',
    answer(401, { error: 'who are you?' }),
    { status: 502, code: 'remote_failed', detail: 'The server behind this model answered with 401' },
  ],
  [
    '422',
    answer(422, { error: 'too long' }),
    { status: 422, code: 'remote_refused', detail: 'The model refused the input: too long' },
  ],
] as const)('tells of %s, and frees the slot', async (_name, handle, expected) => {
  const { url } = await fakeServer(handle)
  const made = make({ protocol: 'text-embeddings', url, retries: 0, timeoutMs: 100 })
  await expect(made.run('a')).rejects.toMatchObject(expected)
  expect(await made.status()).toMatchObject({ queued: 0, running: 0 })
})

it('leaves a server alone that fails again and again, then lets one call try', async () => {
  const { url, asked } = await fakeServer(answer(500, {}), answer(500, {}), answer(200, [[1]]))
  const made = make({ protocol: 'text-embeddings', url, retries: 0, breaker: { failures: 2, coolDownMs: 100 } })
  await expect(made.run('a')).rejects.toMatchObject({ code: 'remote_failed' })
  await expect(made.run('a')).rejects.toMatchObject({ code: 'remote_failed' })
  await expect(made.run('a')).rejects.toMatchObject({ status: 503, code: 'remote_unavailable' })
  expect(asked.length).toBe(2)
  await expect.poll(() => made.run('a').catch(() => 'not yet')).toEqual([1])
})

it('ends the call when the caller leaves', async () => {
  const left = Promise.withResolvers<void>()
  const { url } = await fakeServer((request) => void request.socket.once('close', () => left.resolve()))
  const made = make({ protocol: 'text-embeddings', url })
  const controller = new AbortController()
  const result = made.run('a', { signal: controller.signal })
  await expect.poll(async () => (await made.status()).batches).toBe(1)
  controller.abort(new Error('gone'))
  await expect(result).rejects.toThrow('gone')
  await left.promise
})

it('uses connections again', async () => {
  const ports = new Set<number | undefined>()
  const { url } = await fakeServer((request, body, response) => {
    ports.add(request.socket.remotePort)
    answer(200, [[1]])(request, body, response)
  })
  const made = make({ protocol: 'text-embeddings', url })
  for (let index = 0; index < 20; index++) await made.run('a')
  // A call that follows at once may find the first connection not yet free.
  expect(ports.size).toBeLessThanOrEqual(2)
})

it('knows from the first piece of a stream that a server is well, however the stream ends', async () => {
  const piece = 'data: {"choices":[{"delta":{"content":"a"}}]}\n\n'
  const { url, asked } = await fakeServer(
    answer(500, {}),
    (_request, _body, response) => response.writeHead(200).end(`${piece}data: [DONE]\n\n`),
    answer(500, {}),
    (_request, _body, response) => response.writeHead(200).write(piece),
    answer(500, {}),
    (_request, _body, response) => response.writeHead(200).end(`${piece}data: [DONE]\n\n`),
  )
  const made = make({ protocol: 'openai', url, model: 'chat', breaker: { failures: 2, coolDownMs: 60_000 } })
  const first = async () => {
    for await (const piece of made.stream({ messages: [] })) return piece
    return undefined
  }
  const ends = []
  for (let index = 0; index < 6; index++) ends.push(await first().catch(({ code }) => code))
  expect(ends).toEqual(['remote_failed', 'a', 'remote_failed', 'a', 'remote_failed', 'a'])
  expect(asked.length).toBe(6)
})

it('refuses only the item that the server refuses, and tells nobody else of it', async () => {
  const { url } = await fakeServer((request, body, response) => {
    const { inputs } = JSON.parse(String(body)) as { inputs: string[] }
    if (inputs.includes('secret')) answer(422, { error: "'secret' is too long" })(request, body, response)
    else
      answer(
        200,
        inputs.map((input) => [input.length]),
      )(request, body, response)
  })
  const made = make({ protocol: 'text-embeddings', url }, { batch: { maxSize: 5, maxDelayMs: 10_000 } })
  const ends = await Promise.allSettled(['a', 'bb', 'secret', 'ccc', 'dddd'].map((item) => made.run(item)))
  expect(ends.map((end) => (end.status === 'fulfilled' ? end.value : end.reason.detail))).toEqual([
    [1],
    [2],
    "The model refused the input: 'secret' is too long",
    [3],
    [4],
  ])
})
