import { model, onnx } from 'millrace/models'
import { expect, it } from 'vitest'
import { z } from 'zod'

// What onnx() does with its package is tested in examples/digits, where that is installed.

it('says how to install the package that it needs', async () => {
  const made = model({ name: 'digits', input: z.any(), output: z.any(), runtime: onnx({ path: 'digits.onnx' }) })
  await expect(made.open()).rejects.toMatchObject({
    name: 'ModelError',
    code: 'model_failed',
    message:
      "onnx() needs the package 'onnxruntime-node': npm install onnxruntime-node. On a machine without internet, " +
      "first put the line 'onnxruntime-node-install=skip' into .npmrc: the library for the CPU is in the package, " +
      'and only that for GPUs is fetched.',
  })
  expect(await made.status()).toMatchObject({ state: 'unloaded', queued: 0, running: 0 })
})
