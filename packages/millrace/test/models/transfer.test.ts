import { model, workers } from 'millrace/models'
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
