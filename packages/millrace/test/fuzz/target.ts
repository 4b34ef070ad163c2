import { Answer, type Exchange } from 'millrace'
import { loadTransport, type TransportName } from '../../src/serve/transports.ts'

/** A transport that listens, and notes what it has read. */
export interface Target {
  readonly port: number
  /** The requests since the last call whose bodies have come to their ends, in order. */
  takeSeen(): string[]
  close(): Promise<void>
}

interface Seen {
  readonly exchange: Exchange
  body: string | undefined
}

/**
 * Starts a transport on a free port of 127.0.0.1. Its handler reads each body, and answers with an empty one, whose length
 * HEAD tells, too: an answer of unknown length ends a connection of HTTP/1.0, and which requests of the same packet have
 * begun by then is a matter of time.
 */
export async function startTarget(name: TransportName): Promise<Target> {
  let all: Seen[] = []
  const answer = async (exchange: Exchange) => {
    const seen: Seen = { exchange, body: undefined }
    all.push(seen)
    try {
      seen.body = Buffer.from(await exchange.body(Number.MAX_SAFE_INTEGER)).toString('latin1')
    } catch {
      // It was not whole, and has been refused by the transport.
    }
    await exchange.send(new Answer(200, [], ''))
  }
  const transport = await loadTransport(name)
  const listening = await transport({ host: '127.0.0.1', port: 0, handle: (exchange) => void answer(exchange) })
  return {
    port: listening.port,
    takeSeen: () => {
      const whole = all.filter(({ body }) => body !== undefined)
      all = []
      return whole.map(({ exchange, body }) =>
        JSON.stringify({
          method: exchange.method,
          target: exchange.target,
          headers: exchange.rawHeaders(),
          body,
          trailers: exchange.rawTrailers?.(),
        }),
      )
    },
    close: async () => {
      const closed = listening.close()
      listening.destroy()
      await closed
    },
  }
}

/** The transport on Node's own server, and ours. */
export interface Pair {
  readonly http: Target
  readonly net: Target
}

export async function startPair(): Promise<Pair> {
  const [http, net] = await Promise.all([startTarget('http'), startTarget('net')])
  return { http, net }
}

export async function closePair({ http, net }: Pair): Promise<void> {
  await Promise.all([http.close(), net.close()])
}
