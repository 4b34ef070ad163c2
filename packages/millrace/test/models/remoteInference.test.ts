import { Tensor } from 'millrace/models'
import { expect, it } from 'vitest'
import { answer, fakeServer, type Handle, make } from '../support/remoteServer.ts'

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
