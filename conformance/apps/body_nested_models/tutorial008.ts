import { App } from 'millrace'
import { z } from 'zod'

export const app = new App({ compat: 'fastapi' })

const HttpUrl = z
  .url({ protocol: /^https?$/ })
  .min(1)
  .max(2083)
const Image = z.object({ url: HttpUrl, name: z.string() })

export const createMultipleImages = app.post(
  '/images/multiple/',
  { body: z.array(Image) },
  function createMultipleImages({ body: images }) {
    return images
  },
)
