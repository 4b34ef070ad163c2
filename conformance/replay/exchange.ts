import { request as httpRequest, type IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import type { App, Dependencies } from 'millrace'
import { type Certificate, makeCertificate } from '../../packages/millrace/test/support/certificate.ts'

/** What is sent. */
export interface Sent {
  readonly method: string
  readonly url: URL
  readonly headers: Readonly<Record<string, string | readonly string[]>>
  readonly body: Uint8Array<ArrayBuffer> | undefined
}

/** What came back, as it stood on the wire. */
export interface Received {
  readonly status: number
  readonly headers: Headers
  readonly body: Buffer
}

/** An app behind one transport. */
export interface Served {
  send(sent: Sent): Promise<Received>
  close(): Promise<void>
}

export type TransportName = 'fetch' | 'http' | 'net'

let certificate: Promise<Certificate> | undefined

/** An app without a socket, or behind one of the servers on a free port of 127.0.0.1. */
export async function serve<D extends Dependencies>(
  app: App<D>,
  transport: TransportName,
  scheme: 'http:' | 'https:' = 'http:',
): Promise<Served> {
  if (transport === 'fetch') {
    await app.start()
    return { send: (sent) => fetchFrom(app, sent), close: () => app.stop() }
  }
  const tls = scheme === 'https:' ? { tls: await (certificate ??= makeCertificate()) } : {}
  const server = await app.listen({ port: 0, signals: false, graceMs: 500, transport, ...tls })
  return { send: (sent) => sendTo(server.port, sent), close: () => server.close() }
}

async function fetchFrom<D extends Dependencies>(app: App<D>, { method, url, headers, body }: Sent): Promise<Received> {
  const all = new Headers()
  for (const [name, value] of Object.entries(headers)) for (const one of [value].flat()) all.append(name, one)
  const response = await app.fetch(new Request(url, { method, headers: all, ...(body ? { body } : {}) }))
  return { status: response.status, headers: response.headers, body: Buffer.from(await response.arrayBuffer()) }
}

/** By `node:http`, because `fetch` neither sends another `host` nor leaves the body as it came. */
async function sendTo(port: number, { method, url, headers, body }: Sent): Promise<Received> {
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    const path = url.pathname + url.search
    const length = body ? { 'content-length': body.byteLength } : {}
    const send = url.protocol === 'https:' ? httpsRequest : httpRequest
    const request = send({
      host: '127.0.0.1',
      port,
      path,
      method,
      headers: { host: url.host, ...headers, ...length },
      agent: false,
      // It is for another name than that of the recorded test.
      rejectUnauthorized: false,
    })
    request.on('response', resolve).on('error', reject).end(body)
  })
  const chunks: Buffer[] = []
  for await (const chunk of answer) chunks.push(chunk as Buffer)
  return {
    status: answer.statusCode ?? 0,
    headers: new Headers(pairs(answer.rawHeaders)),
    body: Buffer.concat(chunks),
  }
}

function pairs(raw: readonly string[]): [string, string][] {
  return raw.flatMap((name, index) => (index % 2 === 0 ? [[name, raw[index + 1] ?? ''] as [string, string]] : []))
}
