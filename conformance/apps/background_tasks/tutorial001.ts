import { writeFile } from 'node:fs/promises'
import { App } from 'millrace'

export const app = new App({ compat: 'fastapi' })

const writeNotification = (email: string, message: string) =>
  writeFile('log.txt', `notification for ${email}: ${message}`)

export const sendNotification = app.post('/send-notification/:email', function sendNotification({ params, after }) {
  after(() => writeNotification(params.email, 'some notification'))
  return { message: 'Notification sent in the background' }
})
