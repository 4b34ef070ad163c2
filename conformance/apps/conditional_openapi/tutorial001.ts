import { App, settings } from 'millrace'
import { z } from 'zod'

const { openapi_url } = settings(z.object({ openapi_url: z.string().default('/openapi.json') })).load()

/** Set `OPENAPI_URL=` to have neither the document nor its pages. */
export const app = new App({ compat: 'fastapi', docs: openapi_url === '' ? false : { openapi: openapi_url } })

export const root = app.get('/', function root() {
  return { message: 'Hello World' }
})
