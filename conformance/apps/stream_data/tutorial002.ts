import { createReadStream, readFileSync } from 'node:fs'
import { App, bytes } from 'millrace'

export const app = new App({ compat: 'fastapi' })

const png = bytes('image/png')

function* chunks() {
  const image = readFileSync('image.png')
  for (let start = 0; start < image.length; start += 1024) yield image.subarray(start, start + 1024)
}

export const streamImage = app.get('/image/stream', { response: png }, async function* streamImage() {
  for await (const chunk of createReadStream('image.png')) yield chunk
})

export const streamImageNoAsync = app.get('/image/stream-no-async', { response: png }, function* streamImageNoAsync() {
  for (const chunk of chunks()) yield chunk
})

export const streamImageNoAsyncYieldFrom = app.get(
  '/image/stream-no-async-yield-from',
  { response: png },
  function* streamImageNoAsyncYieldFrom() {
    yield* chunks()
  },
)

export const streamImageNoAnnotation = app.get(
  '/image/stream-no-annotation',
  { response: png },
  async function* streamImageNoAnnotation() {
    for await (const chunk of createReadStream('image.png')) yield chunk
  },
)

export const streamImageNoAsyncNoAnnotation = app.get(
  '/image/stream-no-async-no-annotation',
  { response: png },
  function* streamImageNoAsyncNoAnnotation() {
    for (const chunk of chunks()) yield chunk
  },
)
