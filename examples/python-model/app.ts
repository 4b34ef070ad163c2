import { App } from 'millrace'
import { z } from 'zod'
import { classifier } from '../digits/classifier.ts'
import { modelPixels } from '../digits/pixels.ts'
import { Classification, classification, Picture } from '../digits/schemas.ts'
import { compareModels } from './compareModels.ts'
import { pythonClassifier } from './models.ts'
import { readSamples } from './samples.ts'

export const app = new App({
  title: 'One model in two runtimes',
  version: '1.0.0',
  description: 'A classifier of handwritten digits, once in Python with scikit-learn, once in ONNX Runtime.',
})

const spec = { body: Picture, response: Classification } as const

export const classifyInPython = app.post(
  '/python/classify',
  { ...spec, summary: 'Recognise a digit with scikit-learn', deps: { pythonClassifier } },
  async ({ body, pythonClassifier }) => classification(await pythonClassifier.run(modelPixels(body.pixels))),
)

export const classifyInOnnx = app.post(
  '/onnx/classify',
  { ...spec, summary: 'Recognise a digit with ONNX Runtime', deps: { classifier } },
  async ({ body, classifier }) => classification(await classifier.run(modelPixels(body.pixels))),
)

const Latency = z.object({
  aloneMs: z.number().describe('Median of calls that come one after another'),
  togetherMs: z.number().describe('Of all samples at once, in batches, by sample'),
})

const Comparison = z.object({
  samples: z.int(),
  agree: z.int().describe('Samples for which both give the same digit'),
  largestDifference: z.number().describe('Between two probabilities of one digit'),
  python: Latency,
  onnx: Latency,
})

export const compare = app.get(
  '/compare',
  {
    summary: 'Compare both',
    description: 'Runs samples of the dataset through both, alone and together.',
    response: Comparison,
    deps: { pythonClassifier, classifier },
  },
  async ({ pythonClassifier, classifier }) => compareModels(pythonClassifier, classifier, await readSamples()),
)
