import { App } from 'millrace'
import { classifier } from './classifier.ts'
import { page } from './page.ts'
import { modelPixels } from './pixels.ts'
import { Classification, classification, Picture } from './schemas.ts'

export const app = new App({
  title: 'Digits',
  version: '1.0.0',
  description: 'Recognises handwritten digits with a small neural network in ONNX Runtime.',
})

app.include(page)

export const classify = app.post(
  '/classify',
  {
    summary: 'Recognise a digit',
    body: Picture,
    response: Classification,
    deps: { classifier },
  },
  async ({ body, classifier }) => classification(await classifier.run(modelPixels(body.pixels))),
)
