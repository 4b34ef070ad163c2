import { App, Router, reply } from 'millrace'
import { RequestValidationError } from 'millrace/compat'
import { z } from 'zod'

export const app = new App({ compat: 'fastapi' })
const router = new Router()

router.onError(RequestValidationError, async ({ errors }, { request }) =>
  reply(422, { detail: { errors, body: await request.text() } }),
)

export const sumNumbers = router.post('/', { body: z.array(z.int()) }, function sumNumbers({ body: numbers }) {
  return numbers.reduce((sum, number) => sum + number, 0)
})

app.include(router)
