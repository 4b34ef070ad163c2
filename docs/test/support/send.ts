import { request } from 'node:http'
import type { CurlRequest } from './curl.ts'

/** An answer as it came over the wire. */
export interface Received {
  readonly status: number
  readonly statusText: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** Sends a request to `localhost:8000`, which stands at `origin` in truth; the target goes out as it is written. */
export function send({ method, url, headers, body }: CurlRequest, origin: string): Promise<Received> {
  const prefix = 'http://localhost:8000'
  if (url !== prefix && !url.startsWith(`${prefix}/`)) throw new Error(`${url} does not begin with ${prefix}`)
  const { hostname, port } = new URL(origin)
  return new Promise((resolve, reject) => {
    const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }
    const target = url.slice(prefix.length) || '/'
    const outgoing = request({ hostname, port, method, path: target, headers: { ...length, ...headers } }, (answer) => {
      const chunks: Buffer[] = []
      answer.on('data', (chunk: Buffer) => chunks.push(chunk))
      answer.on('error', reject)
      answer.on('end', () =>
        resolve({
          status: answer.statusCode ?? 0,
          statusText: answer.statusMessage ?? '',
          headers: Object.fromEntries(Object.entries(answer.headers).map(([name, value]) => [name, String(value)])),
          body: Buffer.concat(chunks).toString('utf8'),
        }),
      )
    })
    outgoing.on('error', reject)
    outgoing.end(body)
  })
}
