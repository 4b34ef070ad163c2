/** What handlers and clients of WebSockets get. Checked by `tsc`; nothing here runs. */
import { App, bytes, dependency, Router, text } from 'millrace'
import { createClient } from 'millrace/client'
import { z } from 'zod'
import { same } from './same.ts'

const user = dependency(() => ({ name: 'ann' }))
const app = new App({ deps: { user } })

const chat = app.ws(
  '/rooms/:room',
  {
    query: z.object({ since: z.coerce.date() }),
    receive: z.object({ text: z.string(), urgent: z.boolean().default(false) }),
    send: z.object({ kind: z.enum(['said', 'left']), at: z.date() }),
    deps: { count: dependency(() => 1) },
  },
  async ({ socket, params, query, user, count, signal }) => {
    same<string>()(params.room)
    same<Date>()(query.since)
    same<string>()(user.name)
    same<number>()(count)
    same<AbortSignal>()(signal)
    for await (const message of socket) same<{ text: string; urgent: boolean }>()(message)
    await socket.send({ kind: 'said', at: new Date() })
    // @ts-expect-error no such kind
    await socket.send({ kind: 'shouted', at: new Date() })
    // @ts-expect-error no time
    await socket.send({ kind: 'said' })
  },
)

const words = new Router({ prefix: '/v1' }).ws('/words', { receive: text(), send: bytes() }, async ({ socket }) => {
  same<string>()(await socket.receive())
  await socket.send(new Uint8Array())
  // @ts-expect-error no bytes
  await socket.send('text')
})

const any = app.ws('/any', async ({ socket, params }) => {
  same<undefined>()(params)
  same<string | Uint8Array>()(await socket.receive())
  await socket.send({ anything: 1 })
})

// @ts-expect-error a WebSocket has no body
app.ws('/', { body: z.string() }, () => undefined)
// @ts-expect-error the context has that name
app.ws('/', { deps: { socket: user } }, () => undefined)
// @ts-expect-error no way to accept
app.ws('/', { accept: 'sometimes' }, () => undefined)

const client = createClient<{ chat: typeof chat; words: typeof words; any: typeof any }>({ baseUrl: '' })

const room = client.ws('/rooms/:room', { params: { room: 'a' }, query: { since: 'now' } })
same<Promise<{ kind: 'said' | 'left'; at: string }>>()(room.receive())
room.send({ text: 'a' })
// @ts-expect-error no text
room.send({ urgent: true })
// @ts-expect-error the parameter is required
client.ws('/rooms/:room', { query: { since: 'now' } })
// @ts-expect-error no such path
client.ws('/nowhere')
const spoken = client.ws('/v1/words', { sends: 'text' })
same<Promise<Uint8Array>>()(spoken.receive())
spoken.send('a')
// @ts-expect-error a client has to be told that its messages are text
client.ws('/v1/words')
const anything = client.ws('/any', { sends: 'text', receives: 'text' })
same<Promise<string | Uint8Array>>()(anything.receive())
