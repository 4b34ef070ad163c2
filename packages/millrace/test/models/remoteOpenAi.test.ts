import { expect, it } from 'vitest'
import { answer, fakeServer, type Handle, make, piecesOf } from '../support/remoteServer.ts'

it('sends batches to text-embeddings-inference', async () => {
  const { url, asked } = await fakeServer(
    answer(200, [
      [0.5, 1],
      [2, 3],
    ]),
  )
  const made = make({ protocol: 'text-embeddings', url, headers: { authorization: 'Bearer secret' } })
  expect(await made.runMany(['a', 'b'])).toEqual([
    [0.5, 1],
    [2, 3],
  ])
  expect([asked[0]?.path, JSON.parse(String(asked[0]?.body)), asked[0]?.headers['authorization']]).toEqual([
    '/embed',
    { inputs: ['a', 'b'] },
    'Bearer secret',
  ])
})

it('makes embeddings by the API of OpenAI, in base64, whatever their order', async () => {
  const base64 = (...numbers: number[]) => Buffer.from(new Float32Array(numbers).buffer).toString('base64')
  const data = [
    { index: 1, embedding: base64(2, 3) },
    { index: 0, embedding: [0.5, 1] },
  ]
  const { url, asked } = await fakeServer(answer(200, { data }))
  const made = make({ protocol: 'openai', url: `${url}/proxy`, model: 'small' })
  expect(await made.runMany(['a', 'b'])).toEqual([
    [0.5, 1],
    [2, 3],
  ])
  expect([asked[0]?.path, JSON.parse(String(asked[0]?.body))]).toEqual([
    '/proxy/v1/embeddings',
    { model: 'small', input: ['a', 'b'], encoding_format: 'base64' },
  ])
})

it('streams a chat by the API of OpenAI, cut anywhere', async () => {
  const events = `: hello\n\ndata: {"choices":[{"delta":{"role":"assistant"}}]}\r\n\r\ndata: {"choices":[{"delta":{"content":"Wäs"}}]}\n\ndata: {"choices":[{"delta":{"content":"ser"},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n`
  const { url, asked } = await fakeServer(async (_request, _body, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    for (const byte of Buffer.from(events)) {
      response.write(Buffer.from([byte]))
      await new Promise((resolve) => setImmediate(resolve))
    }
    response.end()
  })
  const made = make({ protocol: 'openai', url, model: 'chat' })
  const pieces: unknown[] = []
  for await (const piece of made.stream({ messages: [{ role: 'user', content: 'hi' }] })) pieces.push(piece)
  expect(pieces).toEqual(['Wäs', 'ser'])
  expect(JSON.parse(String(asked[0]?.body))).toEqual({
    messages: [{ role: 'user', content: 'hi' }],
    model: 'chat',
    stream: true,
  })
})

it('waits for a slow reader of a stream for as long as it takes, and for a silent server no longer than timeoutMs', async () => {
  const piece = (content: string) => `data: {"choices":[{"delta":{"content":"${content}"}}]}\n\n`
  const { url } = await fakeServer(
    (_request, _body, response) =>
      void response.writeHead(200).write(piece('a'), () => response.end(`${piece('b')}data: [DONE]\n\n`)),
    (_request, _body, response) => response.writeHead(200).write(piece('a')),
  )
  const made = make({ protocol: 'openai', url, model: 'chat', timeoutMs: 100 })
  const slow = made.stream({ messages: [] })
  expect((await slow.next()).value).toBe('a')
  // Longer than the server may be silent.
  await new Promise((resolve) => setTimeout(resolve, 150))
  expect([(await slow.next()).value, (await slow.next()).done]).toEqual(['b', true])
  const silent = made.stream({ messages: [] })
  expect((await silent.next()).value).toBe('a')
  await expect(silent.next()).rejects.toMatchObject({ status: 504, code: 'remote_timeout' })
})

it('reads the first of several answers in a stream, and nothing that is no event of a chat', async () => {
  const chunk = (index: number, content: string) =>
    `data: ${JSON.stringify({ choices: [{ index, delta: { content }, finish_reason: 'stop' }] })}\n\n`
  const { url } = await fakeServer(
    (_request, _body, response) => response.end(`${chunk(0, 'a')}${chunk(1, 'b')}${chunk(0, 'c')}data: [DONE]\n\n`),
    (_request, _body, response) => response.end(`${chunk(0, 'a')}data: <html>\n\n`),
    (_request, _body, response) => response.end(`data: ${'x'.repeat(2_000)}`),
  )
  const made = make({ protocol: 'openai', url, model: 'chat', maxResponseBytes: 1_000 })
  expect(await piecesOf(made.stream({ messages: [], n: 2 }))).toEqual(['a', 'c'])
  await expect(piecesOf(made.stream({ messages: [] }))).rejects.toMatchObject({
    code: 'model_failed',
    message: /^The answer of the remote server cannot be read: Unexpected token/,
  })
  await expect(piecesOf(made.stream({ messages: [] }))).rejects.toMatchObject({
    code: 'model_failed',
    message: 'The remote server sent an event of more than 1000 bytes',
  })
  await expect(piecesOf(made.stream('hi'))).rejects.toMatchObject({ status: 422, code: 'wrong_input' })
})

it('gives each item its own embedding, or none', async () => {
  const { url, asked } = await fakeServer(
    answer(200, {
      data: [
        { index: 0, embedding: [1] },
        { index: 0, embedding: [2] },
      ],
    }),
    answer(200, {
      data: [
        { index: 0, embedding: 'AAAA' },
        { index: 1, embedding: [2] },
      ],
    }),
    answer(200, {
      data: [
        { index: 0, embedding: null },
        { index: 1, embedding: [2] },
      ],
    }),
    answer(200, { data: [{ index: 0, embedding: [1] }] }),
    answer(200, { error: null }),
    (_request, _body, response) => response.end('<html>'),
  )
  const made = make({ protocol: 'openai', url, model: 'small', breaker: { failures: 10 } })
  const messages = []
  for (let index = 0; index < 6; index++)
    messages.push(await made.runMany(['a', 'b']).catch(({ code, message }) => `${code}: ${message}`))
  expect(messages).toEqual([
    'model_failed: The remote server gave no embedding with the index 1',
    'model_failed: The answer of the remote server cannot be read: an embedding has not the length of 32-bit floats',
    expect.stringMatching(/^model_failed: The answer of the remote server cannot be read: /),
    'wrong_result_count: The remote server gave 1 results for a batch of 2',
    'model_failed: The remote server answered without `data`',
    expect.stringMatching(/^model_failed: The answer of the remote server cannot be read: Unexpected token/),
  ])
  // What is whole and wrong is not asked for again.
  expect(asked.length).toBe(6)
})

it.each(['', '/', '/v1', '/v1/'])('takes a URL that ends in "%s"', async (end) => {
  const { url, asked } = await fakeServer(answer(200, { data: [{ index: 0, embedding: [1] }] }))
  const made = make({ protocol: 'openai', url: `${url}/api${end}?key=1`, model: 'small' })
  expect(await made.run('a')).toEqual([1])
  expect(asked[0]?.path).toBe('/api/v1/embeddings?key=1')
})

it('tells a stream that broke off, or that told of an error itself', async () => {
  const events =
    (...lines: string[]): Handle =>
    (_request, _body, response) =>
      response
        .writeHead(200, { 'content-type': 'text/event-stream' })
        .end(lines.map((line) => `data: ${line}\n\n`).join(''))
  const first = '{"choices":[{"delta":{"content":"a"}}]}'
  const { url } = await fakeServer(events(first), events(first, '{"error":{"message":"out of memory"}}'))
  const made = make({ protocol: 'openai', url, model: 'chat' })
  const read = async () => {
    for await (const _piece of made.stream({ messages: [] }));
  }
  await expect(read()).rejects.toMatchObject({
    status: 502,
    detail: 'The server behind this model broke off in the middle of its answer',
  })
  await expect(read()).rejects.toMatchObject({ status: 502, detail: 'The model broke off: out of memory' })
  expect(await made.status()).toMatchObject({ queued: 0, running: 0 })
})
