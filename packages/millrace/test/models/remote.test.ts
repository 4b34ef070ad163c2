import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type ModelOptions, model, type RemoteOptions, remote, Tensor } from 'millrace/models'
import { expect, it, onTestFinished } from 'vitest'
import { z } from 'zod'

type Handle = (request: IncomingMessage, body: Buffer, response: ServerResponse) => unknown

/** A server that answers as the test says, and remembers what it was asked. */
async function fakeServer(...handlers: Handle[]) {
  const asked: { path: string; body: Buffer; headers: IncomingMessage['headers'] }[] = []
  const server = createServer(async (request, response) => {
    const body = Buffer.concat(await request.toArray())
    const handle = handlers[Math.min(asked.length, handlers.length - 1)] as Handle
    asked.push({ path: request.url ?? '', body, headers: request.headers })
    handle(request, body, response)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked }
}

const answer =
  (status: number, body: unknown, headers: Record<string, string> = {}): Handle =>
  (_request, _body, response) =>
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body))
const stall: Handle = () => undefined
const reset: Handle = (request) => request.socket.destroy()
const half: Handle = (request, _body, response) => {
  response.writeHead(200, { 'content-length': '1000' })
  response.write('[[0.5')
  setImmediate(() => request.socket.destroy())
}

async function piecesOf(stream: AsyncIterable<unknown>): Promise<unknown[]> {
  const pieces: unknown[] = []
  for await (const piece of stream) pieces.push(piece)
  return pieces
}

function make(runtime: RemoteOptions, options: Partial<ModelOptions<z.ZodAny, z.ZodAny>> = {}) {
  const made = model({ name: 'remote', input: z.any(), output: z.any(), runtime: remote(runtime), ...options })
  onTestFinished(() => made.close())
  return made
}

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

it('sends tensors by the Open Inference Protocol as raw bytes', async () => {
  const { url, asked } = await fakeServer((_request, _body, response) => {
    const outputs = [
      { name: 'scores', datatype: 'FP32', shape: [2, 2], parameters: { binary_data_size: 16 } },
      { name: 'label', datatype: 'BYTES', shape: [2], data: ['cat', 'dog'] },
    ]
    const header = Buffer.from(JSON.stringify({ model_name: 'm', outputs }))
    response.writeHead(200, { 'inference-header-content-length': String(header.byteLength) })
    response.end(Buffer.concat([header, Buffer.from(new Float32Array([1, 2, 3, 4]).buffer)]))
  })
  const made = make({ protocol: 'open-inference', url, model: 'my model' })
  const items = [1, 5].map((start) => ({
    image: new Tensor(new Float32Array([start, start + 1, start + 2, start + 3]), [2, 2]),
  }))
  expect(await made.runMany(items)).toEqual([
    { scores: new Float32Array([1, 2]), label: 'cat' },
    { scores: new Float32Array([3, 4]), label: 'dog' },
  ])
  const { path, body, headers } = asked[0] as (typeof asked)[number]
  const length = Number(headers['inference-header-content-length'])
  expect(path).toBe('/v2/models/my%20model/infer')
  expect(JSON.parse(body.subarray(0, length).toString())).toEqual({
    inputs: [{ name: 'image', datatype: 'FP32', shape: [2, 2, 2], parameters: { binary_data_size: 32 } }],
    parameters: { binary_data_output: true },
  })
  expect(new Float32Array(body.buffer.slice(body.byteOffset + length, body.byteOffset + body.byteLength))).toEqual(
    new Float32Array([1, 2, 3, 4, 5, 6, 7, 8]),
  )
})

it('sends apart the items of a batch that are not alike, and gives each its own result', async () => {
  const { url, asked } = await fakeServer((_request, body, response) => {
    const length = body.indexOf('}{') < 0 ? body.lastIndexOf('}') + 1 : 0
    const { inputs } = JSON.parse(body.subarray(0, length).toString('latin1')) as { inputs: { shape: number[] }[] }
    const [rows = 0, columns = 0] = inputs[0]?.shape ?? []
    const data = Array.from({ length: rows }, () => columns)
    response.end(JSON.stringify({ outputs: [{ name: 'columns', datatype: 'INT32', shape: [rows], data }] }))
  })
  const made = make({ protocol: 'open-inference', url, model: 'm' })
  const items = [1, 2, 1].map((length) => ({ x: new Uint8Array(length) }))
  const results = (await made.runMany(items)) as { columns: Int32Array }[]
  expect(results.map(({ columns }) => columns[0])).toEqual([1, 2, 1])
  expect(asked.length).toBe(2)
})

/** A server of the Open Inference Protocol that tells of each item which datatypes it has, and remembers the requests. */
async function inferenceServer() {
  const requests: { inputs: { datatype: string; shape: number[] }[]; data: Buffer }[] = []
  const { url, asked } = await fakeServer((request, body, response) => {
    const length = Number(request.headers['inference-header-content-length'])
    const { inputs } = JSON.parse(body.toString('utf8', 0, length))
    requests.push({ inputs, data: body.subarray(length) })
    const rows = inputs[0].shape[0]
    const data = Array.from({ length: rows }, () => inputs[0].datatype)
    answer(200, { outputs: [{ name: 'kind', datatype: 'BYTES', shape: [rows], data }] })(request, body, response)
  })
  return { url, asked, requests }
}

it('sends booleans and texts by the Open Inference Protocol, and refuses alone what is no input', async () => {
  const { url, asked, requests } = await inferenceServer()
  const made = make({ protocol: 'open-inference', url, model: 'a/b', version: '2' })
  const items = [
    { x: [true, false, true] },
    { x: [1, 2] },
    null,
    { x: 'Wäs' },
    { x: new DataView(new ArrayBuffer(4)) },
    { x: { y: 1 } },
    new Float32Array(2),
    { x: new Uint8ClampedArray([300]) },
  ]
  const ends = await Promise.allSettled(items.map((item) => made.run(item)))
  const input = "The input 'x' has to be a typed array, a Tensor, or texts or booleans"
  const object = 'An item has to be an object of tensors by the names of the inputs'
  expect(ends.map((end) => (end.status === 'fulfilled' ? end.value : [end.reason.status, end.reason.detail]))).toEqual([
    { kind: 'BOOL' },
    [422, input],
    [422, object],
    { kind: 'BYTES' },
    [422, input],
    [422, input],
    [422, object],
    { kind: 'UINT8' },
  ])
  expect(asked[0]?.path).toBe('/v2/models/a%2Fb/versions/2/infer')
  expect(requests.map(({ inputs, data }) => [inputs[0]?.shape, data.toString('hex')])).toEqual([
    [[1, 3], '010001'],
    [[1, 1], '0400000057c3a473'],
    [[1, 1], 'ff'],
  ])
})

it('sends tensors in JSON to servers that take no bytes, and refuses alone what JSON would change', async () => {
  const { url, asked } = await fakeServer((request, body, response) => {
    const [rows] = JSON.parse(String(body)).inputs[0].shape
    const data = Array.from({ length: rows }, () => 1)
    answer(200, { outputs: [{ name: 'y', datatype: 'INT32', shape: [rows], data }] })(request, body, response)
  })
  const made = make({ protocol: 'open-inference', url, model: 'm', tensorData: 'json' })
  const item = (x: unknown, n = 1n) => ({ x, n: new BigInt64Array([n]), s: ['a', 'Wäs'], b: true })
  const items = [
    item(new Tensor(new Float32Array([1, 2]), [1, 2])),
    item(new Tensor(new Float32Array([3, 4.5]), [1, 2])),
    item(new Tensor(new Float32Array([3, Number.NaN]), [1, 2])),
    item(new Tensor(new Float32Array([3, 4]), [1, 2]), 2n ** 60n),
    {},
  ]
  const ends = await Promise.allSettled(items.map((one) => made.run(one)))
  expect(ends.map((end) => (end.status === 'fulfilled' ? end.value : end.reason.detail))).toEqual([
    { y: new Int32Array([1]) },
    { y: new Int32Array([1]) },
    "The input 'x' holds NaN, which JSON cannot carry",
    "The input 'n' holds 1152921504606846976, which JSON cannot carry",
    'An item has to have an input',
  ])
  expect(asked.map(({ body, headers }) => [headers['content-type'], JSON.parse(String(body))])).toEqual([
    [
      'application/json',
      {
        inputs: [
          { name: 'x', datatype: 'FP32', shape: [2, 1, 2], data: [1, 2, 3, 4.5] },
          { name: 'n', datatype: 'INT64', shape: [2, 1], data: [1, 1] },
          { name: 's', datatype: 'BYTES', shape: [2, 2], data: ['a', 'Wäs', 'a', 'Wäs'] },
          { name: 'b', datatype: 'BOOL', shape: [2, 1], data: [true, true] },
        ],
      },
    ],
  ])
})

it('lets no group of items take another with it', async () => {
  const { url } = await fakeServer((request, body, response) => {
    const { inputs } = JSON.parse(body.toString('utf8', 0, Number(request.headers['inference-header-content-length'])))
    if (inputs[0].shape[1] === 2) return answer(500, {})(request, body, response)
    const [rows] = inputs[0].shape
    const output = { name: 'y', datatype: 'FP32', shape: [rows, 1], data: Array.from({ length: rows }, () => 0.5) }
    answer(200, { outputs: [output] })(request, body, response)
  })
  const made = make({ protocol: 'open-inference', url, model: 'm', retries: 0 })
  const ends = await Promise.allSettled([1, 2, 1].map((length) => made.run({ x: new Float32Array(length) })))
  expect(ends).toMatchObject([
    { value: { y: new Float32Array([0.5]) } },
    { reason: { status: 502, code: 'remote_failed' } },
    { value: { y: new Float32Array([0.5]) } },
  ])
})

const output = (datatype: string, data: unknown, shape = [1, 2]) =>
  answer(200, { outputs: [{ name: 'y', datatype, shape, data }] })
const binary =
  (datatype: string, bytes: Buffer, size = bytes.byteLength, shape = [1, 2]): Handle =>
  (_request, _body, response) => {
    const header = Buffer.from(
      JSON.stringify({ outputs: [{ name: 'y', datatype, shape, parameters: { binary_data_size: size } }] }),
    )
    response.writeHead(200, { 'inference-header-content-length': String(header.byteLength) })
    response.end(Buffer.concat([header, bytes]))
  }
const bits = (...values: number[]) => Buffer.from(new Uint16Array(values).buffer)

it.each([
  ['FP16 in bytes', binary('FP16', bits(0x3c00, 0xc000)), new Float32Array([1, -2])],
  ['the ends of FP16', binary('FP16', bits(0x7bff, 0x0001)), new Float32Array([65504, 2 ** -24])],
  ['what FP16 has beyond', binary('FP16', bits(0xfc00, 0x7e00)), new Float32Array([-Infinity, Number.NaN])],
  ['BF16 in bytes', binary('BF16', bits(0x3f80, 0xc040)), new Float32Array([1, -3])],
  ['FP16 in JSON', output('FP16', [0.5, 1]), new Float32Array([0.5, 1])],
  ['nested JSON', output('INT32', [[1, -2]]), new Int32Array([1, -2])],
  ['UINT64 in JSON', output('UINT64', [1, 2]), new BigUint64Array([1n, 2n])],
  ['BOOL', binary('BOOL', Buffer.from([1, 0])), [true, false]],
])('reads an output of %s', async (_name, handle, expected) => {
  const { url } = await fakeServer(handle)
  const made = make({ protocol: 'open-inference', url, model: 'm' })
  expect(await made.run({ x: new Float32Array(1) })).toEqual({ y: expected })
})

const unreadable = 'The answer of the remote server cannot be read: '
it.each([
  ['null for a number', output('FP32', [null, 1]), "The remote output 'y' holds what is no number"],
  ['a text for a number', output('FP32', ['1', '2']), "The remote output 'y' holds what is no number"],
  ['a number for a boolean', output('BOOL', [1, 0]), "The remote output 'y' holds what is no boolean"],
  ['integers that do not fit', output('INT8', [500, 1]), "The remote output 'y' holds numbers that are no INT8"],
  ['fractions for integers', output('INT32', [1.5, 1]), "The remote output 'y' holds numbers that are no INT32"],
  [
    'a datatype of its own',
    output('COMPLEX', [1, 1]),
    "The remote output 'y' has the datatype COMPLEX, which cannot be read",
  ],
  ['too few numbers', output('FP32', [1]), "The remote output 'y' does not have its shape"],
  ['no shape', answer(200, { outputs: [{ name: 'y', datatype: 'FP32', data: [1] }] }), unreadable],
  ['bytes that are cut', binary('FP32', Buffer.alloc(6)), unreadable],
  ['fewer bytes than said', binary('FP32', Buffer.alloc(4), 8), "The remote output 'y' does not have its shape"],
  [
    'a text that is cut',
    binary('BYTES', Buffer.from([9, 0, 0, 0, 65])),
    "The remote output 'y' has a text that is longer",
  ],
  ['no JSON', answer(200, undefined), unreadable],
])('fails for %s', async (_name, handle, message) => {
  const { url, asked } = await fakeServer(handle)
  const made = make({ protocol: 'open-inference', url, model: 'm' })
  const error = await made.run({ x: new Float32Array(1) }).catch((error: Error) => error)
  expect(error).toMatchObject({ name: 'ModelError', code: 'model_failed' })
  expect(error.message).toContain(message)
  expect(asked.length).toBe(1)
  expect(await made.status()).toMatchObject({ queued: 0, running: 0, failed: 1 })
})

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

it('refuses integers that JSON has already rounded, and rows that do not match the batch', async () => {
  const output = (data: number[], shape: number[]) =>
    answer(200, { outputs: [{ name: 'n', datatype: 'INT64', shape, data }] })
  const { url } = await fakeServer(output([2 ** 60], [1]), output([1, 2], [2]), output([7], [1]))
  const made = make({ protocol: 'open-inference', url, model: 'm' })
  const item = { x: new Float32Array([1]) }
  await expect(made.run(item)).rejects.toThrow(/integers that JSON cannot carry/)
  await expect(made.run(item)).rejects.toMatchObject({ code: 'wrong_result_count' })
  expect(await made.run(item)).toEqual({ n: new BigInt64Array([7n]) })
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
