import { appendFile } from 'node:fs/promises'
import { App, dependency } from 'millrace'
import { z } from 'zod'

export const app = new App({ compat: 'fastapi' })

const writeLog = (message: string) => appendFile('log.txt', message)

const query = dependency({ query: z.object({ q: z.string().nullish() }) }, ({ query: { q }, after }) => {
  if (q) after(() => writeLog(`found query: ${q}\n`))
  return q
})

export const sendNotification = app.post(
  '/send-notification/:email',
  { deps: { found: query } },
  function sendNotification({ params, after }) {
    after(() => writeLog(`message to ${params.email}\n`))
    return { message: 'Message sent' }
  },
)
