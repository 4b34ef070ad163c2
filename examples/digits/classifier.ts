import { model, onnx } from 'millrace/models'
import { z } from 'zod'

/** What every classifier of digits takes and gives: 64 pixels, and ten probabilities. */
export const digitClassifier = {
  input: z.instanceof(Float32Array),
  output: z.instanceof(Float32Array),
  batch: { maxSize: 64 },
} as const

/** The classifier that `train/train.py` has trained, in ONNX Runtime. */
export const classifier = model({
  name: 'digits',
  ...digitClassifier,
  runtime: onnx({ path: new URL('./model/digits.onnx', import.meta.url), outputs: ['probabilities'] }),
})
