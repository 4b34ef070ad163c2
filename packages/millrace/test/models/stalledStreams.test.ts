import { once } from 'node:events'
import { connect } from 'node:net'
import { App, silentLogger, sse, type TransportName } from 'millrace'
import { inline, model, workers } from 'millrace/models'
import { expect, it, onTestFinished } from 'vitest'
import { z } from 'zod'
import { serveHttp } from '../support/serve.ts'

const strings = { input: z.string(), output: z.string(), log: silentLogger }
const words = new URL('../fixtures/models/words.model.ts', import.meta.url)
const stalled = { status: 408, code: 'stream_stalled' }

/** A model that streams for ever, large pieces, and tells how its streams ended. */
function makeEndless(stallTimeoutMs: number) {
  const ended: string[] = []
  const endless = model({
    name: 'endless',
    ...strings,
    runtime: inline<undefined, string, string>({
      run: (_model, batch) => batch,
      stream: async function* (_model, word) {
        try {
          for (;;) yield word.repeat(20_000)
        } finally {
          ended.push(word)
        }
      },
    }),
    queue: { stallTimeoutMs },
  })
  return { endless, ended }
}

it('ends a stream whose reader takes no further piece, and gives its lane to others', async () => {
  const { endless, ended } = makeEndless(30)
  onTestFinished(() => endless.close())
  const pieces = endless.stream('a')
  await pieces.next()
  expect(await endless.run('b')).toBe('b')
  expect(ended).toEqual(['a'])
  expect(await endless.status()).toMatchObject({ queued: 0, running: 0, cancelled: 1, failed: 0 })
  await expect(pieces.next()).rejects.toMatchObject({
    ...stalled,
    message: "The stream of the model 'endless' was not read on for 30 ms",
  })
})

it('frees the lane of a thread whose stream nobody reads on', async () => {
  const shout = model({ name: 'shout', ...strings, runtime: workers(words), queue: { stallTimeoutMs: 30 } })
  onTestFinished(() => shout.close())
  const pieces = shout.stream('abc')
  expect(await pieces.next()).toEqual({ done: false, value: 'A' })
  expect(await shout.run('b')).toBe('B')
  expect((await shout.status()).restarts).toBe(0)
  await expect(pieces.next()).rejects.toMatchObject(stalled)
})

it('does not count the time that the model takes', async () => {
  const slow = model({
    name: 'slow',
    ...strings,
    runtime: inline<undefined, string, string>({
      stream: async function* (_model, word) {
        for (const letter of word) {
          await new Promise((resolve) => setTimeout(resolve, 60))
          yield letter
        }
      },
    }),
    queue: { stallTimeoutMs: 30 },
  })
  onTestFinished(() => slow.close())
  const pieces: string[] = []
  for await (const piece of slow.stream('abc')) pieces.push(piece)
  expect(pieces).toEqual(['a', 'b', 'c'])
})

it.each<TransportName>(['net', 'http'])('serves others beside a client that does not read (%s)', async (transport) => {
  const { endless, ended } = makeEndless(100)
  const app = new App({ logger: false })
  app.get('/endless', { response: sse(z.string()), deps: { endless } }, ({ endless }) => endless.stream('a'))
  app.get('/run', { response: z.string(), deps: { endless } }, ({ endless }) => endless.run('b'))
  const { port, request } = await serveHttp(app, undefined, transport)
  const socket = connect(port, '127.0.0.1')
  onTestFinished(() => void socket.destroy())
  socket.write('GET /endless HTTP/1.1\r\nhost: localhost\r\n\r\n')
  await once(socket, 'readable')
  expect(await (await request('/run')).json()).toBe('b')
  expect(ended).toEqual(['a'])
  // What it had not read by then comes when it reads on, and why there is no more.
  let text = ''
  for await (const chunk of socket.setEncoding('utf8')) {
    text += chunk
    if (text.endsWith('0\r\n\r\n')) break
  }
  const [, problem] = /event: error\ndata: (.*)\n/.exec(text) ?? []
  expect(JSON.parse(problem ?? '')).toMatchObject(stalled)
})
