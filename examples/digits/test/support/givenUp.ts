import { model, onnx } from 'millrace/models'
import { z } from 'zod'

// Gives a worker up in the middle of a run, and ends while that still goes on.

const count = model({
  name: 'count',
  input: z.instanceof(BigInt64Array),
  output: z.bigint(),
  runtime: onnx({ path: new URL('../models/count.onnx', import.meta.url) }),
  batch: { timeoutMs: 150 },
})
const code = await count.run(BigInt64Array.of(1_000_000n)).catch((error) => error.code)
console.log(code, String(await count.run(BigInt64Array.of(3n))))
await count.close()
