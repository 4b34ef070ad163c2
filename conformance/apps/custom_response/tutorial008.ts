import { createReadStream } from 'node:fs'
import { App, bytes } from 'millrace'

export const app = new App({ compat: 'fastapi' })

export const main = app.get('/', { response: bytes('video/mp4') }, function main() {
  return createReadStream('large-video-file.mp4')
})
