import { App } from 'millrace'

export const app = new App({ compat: 'fastapi' })

async function* fakeVideoStreamer() {
  for (let count = 0; count < 10; count++) yield new TextEncoder().encode('some fake video bytes')
}

export const main = app.get('/', function main() {
  return new Response(ReadableStream.from(fakeVideoStreamer()))
})
