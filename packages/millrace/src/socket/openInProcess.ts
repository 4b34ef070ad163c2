import type { Duplex } from 'node:stream'
import { loadWs } from './package.ts'

/** What a test client asks for. */
export interface InProcessInit {
  readonly protocols: string[]
  readonly headers: Record<string, string>
  /** Called with the answer to a handshake that was refused. Its result is the error that is told. */
  readonly onRefused: (response: Response) => Promise<Error>
}

/**
 * Opens a WebSocket over a connection that is there already. All bytes of the protocol are spoken.
 *
 * @returns a WebSocket as browsers have it
 */
export function openInProcess(
  url: string,
  connection: Duplex,
  { protocols, headers, onRefused }: InProcessInit,
): object {
  const { WebSocket } = loadWs()
  const client = new WebSocket(url, protocols, { headers, createConnection: () => connection })
  client.on('unexpected-response', (_request, answer) => {
    void responseOf(answer)
      .then(onRefused)
      // The answer has been cut.
      .catch((error: Error) => error)
      .then((error) => {
        client.emit('error', error)
        client.terminate()
      })
  })
  // What is thrown where nobody listens is told by `close`, too.
  client.on('error', () => undefined)
  return client
}

/** The part of a message of `node:http` that is used. */
export interface IncomingAnswer extends AsyncIterable<Uint8Array> {
  readonly statusCode?: number
  readonly rawHeaders: readonly string[]
}

async function responseOf(answer: IncomingAnswer): Promise<Response> {
  const headers = new Headers()
  const { rawHeaders, statusCode = 500 } = answer
  for (let index = 0; index < rawHeaders.length; index += 2)
    headers.append(rawHeaders[index] as string, rawHeaders[index + 1] as string)
  const chunks: Uint8Array[] = []
  for await (const chunk of answer) chunks.push(chunk)
  const body = Buffer.concat(chunks)
  return new Response(body.length > 0 ? body : null, { status: statusCode, headers })
}
