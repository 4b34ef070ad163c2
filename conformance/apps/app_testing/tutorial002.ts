import { App } from 'millrace'
import { z } from 'zod'

export const app = new App({ compat: 'fastapi' })

export const readMain = app.get('/', function readMain() {
  return { msg: 'Hello World' }
})

export const websocket = app.ws('/ws', { send: z.object({ msg: z.string() }) }, async ({ socket }) => {
  await socket.send({ msg: 'Hello WebSocket' })
})
