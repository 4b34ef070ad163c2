import { App, fail } from 'millrace'
import { z } from 'zod'

export const app = new App({ compat: 'fastapi' })

// What an error handler does not answer is answered as if there were none, so that it may only look on.
app.use(async (context, next) => {
  const { error } = await next()
  if (error) context.log.warn('OMG! An error!', { error })
})

export const readItem = app.get(
  '/items/:item_id',
  { params: z.object({ item_id: z.int() }) },
  function readItem({ params: { item_id } }) {
    if (item_id === 3) fail(418, "Nope! I don't like 3.")
    return { item_id }
  },
)
