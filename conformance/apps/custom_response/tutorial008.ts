import { App, sendFile } from 'millrace'

export const app = new App({ compat: 'fastapi' })

export const main = app.get('/', function main() {
  return sendFile('large-video-file.mp4')
})
