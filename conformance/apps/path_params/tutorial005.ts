import { App } from 'millrace'
import { z } from 'zod'

export const app = new App({ compat: 'fastapi' })

const ModelName = z.enum(['alexnet', 'resnet', 'lenet'])

const messages = {
  alexnet: 'Deep Learning FTW!',
  lenet: 'LeCNN all the images',
  resnet: 'Have some residuals',
}

export const getModel = app.get(
  '/models/:model_name',
  { params: z.object({ model_name: ModelName }) },
  function getModel({ params: { model_name } }) {
    return { model_name, message: messages[model_name] }
  },
)
