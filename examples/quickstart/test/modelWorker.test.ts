import { afterEach, expect, test } from 'vitest'
import type { ModelError } from '../models/ModelError.ts'
import { ModelWorker } from '../models/ModelWorker.ts'

const open: ModelWorker[] = []

afterEach(async () => {
  await Promise.all(open.splice(0).map((worker) => worker.close()))
})

const crashes: string[] = []

async function scripted(): Promise<ModelWorker> {
  crashes.length = 0
  const script = new URL('./support/scripted.worker.ts', import.meta.url)
  const worker = await ModelWorker.start({
    script,
    onCrash: ({ cause }) => void crashes.push((cause as Error).message),
  })
  open.push(worker)
  return worker
}

/** What a call that must fail fails with. */
async function failure(call: Promise<unknown>): Promise<ModelError> {
  return await call.then(
    () => expect.unreachable('the call did not fail'),
    (error) => error,
  )
}

test.each([
  ['exit', 'exit code 7'],
  ['throw', 'out of tensors'],
])('a worker that ends (%s) fails the calls in flight, and the next call has a new worker', async (text, why) => {
  const worker = await scripted()
  const errors = await Promise.all([failure(worker.embed(['hang'])), failure(worker.embed([text]))])
  for (const error of errors)
    expect(error).toMatchObject({
      message: 'The model ended unexpectedly and is started again',
      status: 503,
      code: 'model_crashed',
      cause: { message: why },
    })
  expect(crashes).toEqual([why])
  const [vector] = await worker.embed(['again'])
  expect(vector).toHaveLength(512)
})

test('a text that the model refuses fails alone, and its reason is not told', async () => {
  const worker = await scripted()
  const [error, vectors] = await Promise.all([failure(worker.embed(['refuse'])), worker.embed(['a', 'b'])])
  expect(error).toMatchObject({ message: 'The model could not compute this', status: 500, code: 'model_failed' })
  expect((error.cause as Error).message).toBe('no such token')
  expect(vectors.map(({ length }) => length)).toEqual([512, 512])
})

test('a caller that leaves is freed at once, and the worker is told', async () => {
  const worker = await scripted()
  const controller = new AbortController()
  const call = failure(worker.embed(['hang'], { signal: controller.signal }))
  await worker.embed(['in between'])
  controller.abort(new Error('left'))
  expect((await call).message).toBe('left')
  expect((await failure(worker.embed(['late'], { signal: controller.signal }))).message).toBe('left')
  expect((await worker.embed(['count']))[0]?.[0]).toBe(1)
})

test('more calls than the worker can hold are refused', async () => {
  const worker = await scripted()
  const held = Array.from({ length: 256 }, () => failure(worker.embed(['hang'])))
  const refused = await failure(worker.embed(['one more']))
  expect(refused).toMatchObject({ status: 503, code: 'model_busy', headers: { 'retry-after': '1' } })
  await worker.close()
  const codes = new Set((await Promise.all(held)).map(({ code }) => code))
  expect([...codes]).toEqual(['model_closed'])
})

test('after the end there are no answers', async () => {
  const worker = await scripted()
  await worker.close()
  expect(await failure(worker.embed(['hello']))).toMatchObject({ status: 503, code: 'model_closed' })
  expect(crashes).toEqual([])
})

test('a worker that does not start is given up after three attempts', async () => {
  const script = new URL(`data:text/javascript,${encodeURIComponent("throw new Error('no weights')")}`)
  const tried: string[] = []
  const start = ModelWorker.start({ script, onCrash: ({ message }) => void tried.push(message) })
  expect(await failure(start)).toMatchObject({
    code: 'model_not_started',
    message: 'The model does not start',
    cause: { message: 'no weights' },
  })
  expect(tried).toHaveLength(2)
})

test('one text does not wait for many that came before it', async () => {
  const worker = await ModelWorker.start()
  open.push(worker)
  const order: string[] = []
  const many = Array.from({ length: 64 }, (_, index) => `Sentence number ${index} about the river.`)
  await Promise.all([
    worker.embed(many).then(() => order.push('many')),
    worker.embed(['one']).then(() => order.push('one')),
  ])
  expect(order).toEqual(['one', 'many'])
})
