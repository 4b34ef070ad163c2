import { createServer } from 'node:net'
import { App, bytes, text } from 'millrace'
import { z } from 'zod'
import { Answer } from '../../packages/millrace/src/serve/answer.ts'
import type { Exchange, Transport } from '../../packages/millrace/src/serve/exchange.ts'
import { listenHttp1 } from '../../packages/millrace/src/serve/http/listenHttp1.ts'
import { listenNet } from '../../packages/millrace/src/serve/net/listenNet.ts'
import { predictAnswer, predictBody } from '../http/schemas.ts'
import type { Running, Start } from '../http/servers.ts'
import { predict } from '../http/workloads.ts'

// W2, one step after the other: each variant does all that the one before it does, and one thing more.
const answer = JSON.stringify(predict({ text: '0000', limit: 10 }))
const reply = text('application/json')

export const transports = ['net', 'http'] as const
type TransportName = (typeof transports)[number]
const listeners: Readonly<Record<TransportName, Transport>> = { net: listenNet, http: listenHttp1 }

/** Nothing but the sockets: the client, the kernel, and Node's event loop. */
const loopback: Start = () => {
  const canned = `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${answer.length}\r\n\r\n${answer}`
  return new Promise((resolve) => {
    const server = createServer((socket) => socket.on('data', () => socket.write(canned)))
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number }
      resolve({ port, close: async () => void server.close() })
    })
  })
}

function onTransport(listen: Transport): Start {
  const headers = ['content-type', 'application/json', 'content-length', String(answer.length)]
  const send = (exchange: Exchange) => void exchange.send(new Answer(200, headers, answer))
  const handle = (exchange: Exchange) => {
    const body = exchange.body(1024 * 1024)
    if (body instanceof Promise) body.then(() => send(exchange))
    else send(exchange)
  }
  return () => listen({ host: '127.0.0.1', port: 0, handle })
}

function inApp(transport: TransportName, add: (app: App) => void): Start {
  return (port): Promise<Running> => {
    const app = new App()
    add(app)
    return app.listen({ port, signals: false, transport })
  }
}

/** The steps, and what each adds. */
export const steps: readonly {
  readonly name: string
  readonly about: string
  readonly on: (of: TransportName) => Start
}[] = [
  { name: 'loopback', about: 'the client, the kernel, the event loop', on: () => loopback },
  {
    name: 'transport',
    about: 'the transport: the request read, the answer written',
    on: (of) => onTransport(listeners[of]),
  },
  {
    name: 'framework',
    about: 'Millrace: route, context, plan, reply',
    on: (of) => inApp(of, (app) => app.post('/predict', { body: bytes(), response: reply }, () => answer)),
  },
  {
    name: 'parse',
    about: 'the body parsed',
    on: (of) => inApp(of, (app) => app.post('/predict', { body: z.object({}), response: reply }, () => answer)),
  },
  {
    name: 'check',
    about: 'the body checked',
    on: (of) => inApp(of, (app) => app.post('/predict', { body: predictBody, response: reply }, () => answer)),
  },
  {
    name: 'serialize',
    about: 'the handler, and its answer by `JSON.stringify`',
    on: (of) => inApp(of, (app) => app.post('/predict', { body: predictBody }, ({ body }) => predict(body))),
  },
  {
    name: 'answer check',
    about: 'the answer checked, and written as it is checked',
    on: (of) =>
      inApp(of, (app) =>
        app.post('/predict', { body: predictBody, response: predictAnswer }, ({ body }) => predict(body)),
      ),
  },
]

export const variants: Readonly<Record<string, Start>> = Object.fromEntries(
  steps.flatMap(({ name, on }) => transports.map((of) => [`${of} ${name}`, on(of)])),
)
