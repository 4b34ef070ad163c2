import { App, fail, HttpError } from 'millrace'
import { RequestValidationError } from 'millrace/compat'
import { z } from 'zod'

export const app = new App({ compat: 'fastapi' })

const plainText = (body: string, status: number) =>
  new Response(body, { status, headers: { 'content-type': 'text/plain; charset=utf-8' } })

/** As Python writes a tuple: `('path', 'item_id')`. */
const tuple = (loc: readonly (string | number)[]) =>
  `(${loc.map((step) => (typeof step === 'string' ? `'${step}'` : step)).join(', ')})`

app.onError(HttpError, (error) => plainText(error.detail, error.status))

app.onError(RequestValidationError, ({ errors }) =>
  plainText(
    ['Validation errors:', ...errors.map(({ loc, msg }) => `Field: ${tuple(loc)}, Error: ${msg}`)].join('\n'),
    400,
  ),
)

export const readItem = app.get(
  '/items/:item_id',
  { params: z.object({ item_id: z.int() }) },
  function readItem({ params: { item_id } }) {
    if (item_id === 3) fail(418, "Nope! I don't like 3.")
    return { item_id }
  },
)
