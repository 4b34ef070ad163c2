import { readItem, readPrediction } from '../../http/servers/byHand.ts'
import type { Running } from '../../http/servers.ts'
import { call, predict, tokens } from '../../http/workloads.ts'

// What a careful author writes on Bun without a framework: the same rules as the server on node:http, and no
// check of what is answered. Types of Bun are left out: they change what TypeScript knows of Node.
declare const Bun: {
  serve(options: object): { readonly port: number; stop(closeConnections: boolean): Promise<void> }
}
interface DirectController {
  write(text: string): unknown
  flush(): unknown
  close(): void
}

const message = (status: number, text: string) => Response.json({ message: text }, { status })

const receive = async (request: Request) => {
  if (request.headers.get('content-type') !== 'application/json') return message(415, 'Only application/json is taken')
  let value: unknown
  try {
    value = await request.json()
  } catch {
    return message(400, 'The body is not JSON')
  }
  const prediction = readPrediction(value)
  return prediction ? Response.json(predict(prediction)) : message(422, 'The body is not valid')
}

const item = (request: Request & { readonly params: { readonly id: string } }) => {
  const { url } = request
  const queryStart = url.indexOf('?')
  const query = new URLSearchParams(queryStart < 0 ? '' : url.slice(queryStart + 1))
  const read = readItem(request.params.id, query.get('limit'), query.get('tag'))
  return read ? Response.json(read) : message(422, 'The parameters are not valid')
}

const wait = async () => {
  await call()
  return Response.json({ status: 'ok' })
}

const events = () => {
  // A direct stream is Bun's own, without the queue of the web's streams.
  const source = {
    type: 'direct',
    async pull(controller: DirectController) {
      for await (const token of tokens()) {
        controller.write(`data: ${JSON.stringify(token)}\n\n`)
        await controller.flush()
      }
      controller.close()
    },
  }
  const headers = { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' }
  return new Response(new ReadableStream(source as never), { headers })
}

export async function start(listenPort: number): Promise<Running> {
  const server = Bun.serve({
    hostname: '127.0.0.1',
    port: listenPort,
    maxRequestBodySize: 1024 * 1024,
    routes: {
      '/health': { GET: () => Response.json({ status: 'ok' }) },
      '/predict': { POST: receive },
      '/items/:id': { GET: item },
      '/wait': { GET: wait },
      '/events': { GET: events },
    },
    fetch: () => message(404, 'Not found'),
  })
  return { port: server.port, close: () => server.stop(true) }
}
