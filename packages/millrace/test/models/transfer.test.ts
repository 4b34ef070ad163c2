import { model, Tensor, workers } from 'millrace/models'
import { expect, it, onTestFinished } from 'vitest'
import { z } from 'zod'

it('moves whole arrays, and copies views of what a model keeps', async () => {
  const runtime = workers(new URL('../fixtures/models/weights.model.ts', import.meta.url))
  const made = model({ name: 'weights', input: z.string(), output: z.any(), runtime })
  onTestFinished(() => made.close())
  expect(await made.run('row')).toEqual(new Float32Array([1, 2]))
  expect(await made.run('size')).toEqual(new Float32Array([4]))
  // The weights are still there.
  expect(await made.runMany(['row', 'size'])).toEqual([new Float32Array([1, 2]), new Float32Array([4])])
})

it('keeps tensors what they are on the way to a thread and back, wherever they stand', async () => {
  const runtime = workers(new URL('../fixtures/models/tensors.model.ts', import.meta.url))
  const made = model({ name: 'tensors', input: z.any(), output: z.any(), runtime })
  onTestFinished(() => made.close())
  const tensor = (...numbers: number[]) => new Tensor(new Float32Array(numbers), [2, 2])
  const alike = { data: new Float32Array(4), shape: [2, 2] }
  expect(await made.runMany([tensor(1, 2, 3, 4), { deep: [tensor(5, 6, 7, 8), null] }, alike, 'text'])).toEqual([
    tensor(2, 4, 6, 8),
    { deep: [tensor(10, 12, 14, 16), null] },
    { data: new Float32Array(4), shape: [2, 2] },
    'text',
  ])
  const shared = tensor(1, 1, 1, 1)
  const [pair] = (await made.runMany([[shared, shared]])) as [Tensor[]]
  expect(pair.map((one) => one instanceof Tensor)).toEqual([true, true])
  const pieces: unknown[] = []
  for await (const piece of made.stream(tensor(1, 2, 3, 4))) pieces.push(piece)
  expect(pieces).toEqual([tensor(2, 4, 6, 8), 'end'])
  expect(pieces[0]).toBeInstanceOf(Tensor)
})
