import { connect } from 'node:net'
import type { Target } from './target.ts'

/** What a server has made of some bytes. */
export interface Outcome {
  /** Requests as the handler saw them. */
  readonly seen: readonly string[]
  /** The status of a refusal, where one was sent. */
  readonly refusal: number | undefined
  /** Whether the server has ended the connection, or was about to, rather than waiting for more. */
  readonly isEnded: boolean
}

/** How packets are sent, and how long an answer is waited for. */
export interface Delivery {
  readonly packets: readonly Buffer[]
  /** Ends its side with the last packet, while the answers to what it has sent are still under way. */
  readonly endsAtOnce?: boolean
  /** Turns of the event loop without anything happening, after which nothing will. */
  readonly patience?: number
}

/** Lets everything happen that is under way: a packet arrives in the next turn of the event loop. */
export async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve))
}

/**
 * Sends packets to a server of this process, each after the last has been read, and ends its side when no more
 * answers come.
 *
 * @throws {Error} when the server leaves the connection open after that
 */
export async function observe(
  target: Target,
  { packets, endsAtOnce = false, patience = 6 }: Delivery,
): Promise<Outcome> {
  const socket = connect({ port: target.port, host: '127.0.0.1', noDelay: true })
  const chunks: Buffer[] = []
  let events = 0
  let hasEndedFirst = false
  let isEnding = false
  socket.on('data', (chunk) => {
    chunks.push(chunk)
    events++
  })
  socket.on('end', () => (hasEndedFirst = !isEnding))
  socket.on('error', () => undefined)
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
  await new Promise<void>((resolve) => socket.once('connect', resolve))
  for (const [index, packet] of packets.entries()) {
    if (socket.writable) {
      socket.write(packet)
      if (endsAtOnce && index === packets.length - 1) socket.end()
    }
    await turns(2)
  }
  for (let before = -1; before !== events; ) {
    before = events
    await turns(patience)
  }
  isEnding = true
  socket.end()
  const late = setTimeout(() => socket.destroy(new Error('late')), 10_000)
  await closed
  clearTimeout(late)
  if (socket.errored?.message === 'late') throw new Error('The server has not closed the connection')
  const { refusal, isEnded } = endOf(Buffer.concat(chunks).toString('latin1'))
  return { seen: target.takeSeen(), refusal, isEnded: isEnded || hasEndedFirst }
}

const headPattern = /^HTTP\/1\.1 (\d{3}) [^\r\n]*\r\n((?:[^\r\n]+\r\n)*)\r\n/

/** Takes the answers apart. @throws {Error} for what is no answer */
function endOf(received: string): Pick<Outcome, 'refusal' | 'isEnded'> {
  let refusal: number | undefined
  let isEnded = false
  for (let rest = received; rest !== ''; ) {
    const [head, status, headers = ''] = headPattern.exec(rest) ?? []
    if (head === undefined) throw new Error(`This is no answer: ${JSON.stringify(rest.slice(0, 200))}`)
    rest = rest.slice(head.length)
    if (/^content-type: application\/problem\+json\r$/im.test(headers)) {
      refusal = Number(status)
      rest = rest.slice(Number(/^content-length: (\d+)\r$/im.exec(headers)?.[1]))
    }
    if (/^connection: close\r$/im.test(headers)) isEnded = true
  }
  return { refusal, isEnded }
}
