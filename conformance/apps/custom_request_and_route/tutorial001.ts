import { App, Router } from 'millrace'
import { z } from 'zod'

export const app = new App({ compat: 'fastapi' })
const router = new Router()

// A decompressed body is bounded by `maxBodyBytes` as well.
export const sumNumbers = router.post(
  '/sum',
  { body: z.array(z.int()), decompress: true },
  function sumNumbers({ body: numbers }) {
    return { sum: numbers.reduce((sum, number) => sum + number, 0) }
  },
)

export const checkClass = router.get('/check-class', function checkClass({ request }) {
  return { request_class: request.constructor.name }
})

app.include(router)
