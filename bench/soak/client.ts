import { type Agent, type IncomingMessage, request } from 'node:http'
import type { Request } from './plan.ts'

/** How a request ended. */
export type Ending =
  /** Answered as it should be, with `status`. */
  | { readonly kind: 'answered'; readonly status: number }
  /** The client has left. */
  | { readonly kind: 'left' }
  /** Nothing that counts as an answer came. */
  | { readonly kind: 'lost'; readonly why: string }
  /** The answer is not for this request. */
  | { readonly kind: 'wrong'; readonly why: string }

const patienceMs = 30_000

/** Sends a request, leaves when it is to, and compares what comes with what may. */
export function send(port: number, agent: Agent, asked: Request): Promise<Ending> {
  const { path, caller, body, leaving } = asked
  return new Promise((resolve) => {
    const sent = request({
      port,
      agent,
      path,
      host: '127.0.0.1',
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
        'x-caller': caller,
      },
    })
    let hasLeft = false
    const leave = () => {
      hasLeft = true
      sent.destroy()
      resolve({ kind: 'left' })
    }
    const timers = [setTimeout(() => resolve({ kind: 'lost', why: 'no answer' }), patienceMs)]
    sent.once('close', () => timers.forEach(clearTimeout))
    sent.once('error', (error) => !hasLeft && resolve({ kind: 'lost', why: error.message }))
    sent.once('response', (response) => {
      response.once('error', (error) => !hasLeft && resolve({ kind: 'lost', why: error.message }))
      if (leaving?.when === 'in the stream') leaveAfterPieces(response, leaving.afterPieces, leave)
      read(response).then((text) => !hasLeft && resolve(judge(asked, response.statusCode ?? 0, text)))
    })
    if (leaving?.when === 'before the body has ended') {
      sent.write(body.slice(0, body.length / 2))
      timers.push(setTimeout(leave, 5))
    } else {
      sent.end(body)
      if (leaving?.when === 'while it waits') timers.push(setTimeout(leave, leaving.afterMs))
    }
  })
}

function leaveAfterPieces(response: IncomingMessage, pieces: number, leave: () => void): void {
  let seen = 0
  response.on('data', () => {
    seen++
    if (seen === pieces) leave()
  })
}

async function read(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  response.on('data', (chunk: Buffer) => chunks.push(chunk))
  await new Promise((resolve) => response.once('close', resolve))
  return Buffer.concat(chunks).toString()
}

function judge({ statuses, tokens, isStream, path }: Request, status: number, text: string): Ending {
  if (!statuses.includes(status))
    return { kind: 'wrong', why: `${path} answered ${status}, not ${statuses.join(', ')}: ${text.slice(0, 200)}` }
  if (status !== 200) return { kind: 'answered', status }
  const { found, isBroken } = isStream ? readEvents(text) : { found: readResults(text), isBroken: false }
  // A stream whose worker has died tells so, after pieces that are right all the same.
  const expected = isBroken ? tokens.slice(0, found.length) : tokens
  if (JSON.stringify(found) === JSON.stringify(expected)) return { kind: 'answered', status }
  return { kind: 'wrong', why: `${path} gave ${found.slice(0, 5)} for ${expected.slice(0, 5)}` }
}

function readResults(text: string): string[] {
  const results = JSON.parse(text)
  return (Array.isArray(results) ? results : [results]).map(({ token }) => token)
}

function readEvents(text: string): { found: string[]; isBroken: boolean } {
  const found: string[] = []
  let isBroken = false
  for (const event of text.split('\n\n')) {
    if (event.startsWith('event: error')) isBroken = true
    else if (event.startsWith('data: ')) found.push(JSON.parse(event.slice('data: '.length)).token)
  }
  return { found, isBroken }
}
