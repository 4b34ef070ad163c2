import { type Agent, type IncomingMessage, request } from 'node:http'
import { cachedModel } from './items.ts'
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

/** What an answer has to be. */
export interface Expected {
  /** Of the cached model; an older one's results are not to be had any more. */
  readonly leastVersion: number
}

/** Sends a request, leaves when it is to, and compares what comes with what may. */
export function send(port: number, agent: Agent, asked: Request, expected: Expected): Promise<Ending> {
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
    let hasAnswer = false
    const leave = () => {
      hasLeft = true
      sent.destroy()
      if (!hasAnswer) resolve({ kind: 'left' })
    }
    const timers = [setTimeout(() => resolve({ kind: 'lost', why: 'no answer' }), patienceMs)]
    sent.once('close', () => timers.forEach(clearTimeout))
    sent.once('error', (error) => !hasLeft && resolve({ kind: 'lost', why: error.message }))
    sent.once('response', (response) => {
      hasAnswer = true
      response.once('error', (error) => !hasLeft && resolve({ kind: 'lost', why: error.message }))
      if (leaving?.when === 'in the stream') leaveAfterPieces(response, leaving.afterPieces, leave)
      read(response).then((text) => {
        const { statusCode: status = 0 } = response
        // Also what came before the client left has to be its own.
        const end = judge(asked, status, hasLeft ? wholeEvents(text) : text, { ...expected, isCut: hasLeft })
        if (!hasLeft || end.kind === 'wrong') resolve(end)
        else resolve({ kind: 'left' })
      })
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

function judge(
  { statuses, tokens, isStream, path }: Request,
  status: number,
  text: string,
  { leastVersion, isCut }: Expected & { readonly isCut: boolean },
): Ending {
  if (!statuses.includes(status))
    return { kind: 'wrong', why: `${path} answered ${status}, not ${statuses.join(', ')}: ${text.slice(0, 200)}` }
  if (status !== 200 || (isCut && !isStream)) return { kind: 'answered', status }
  const { results, isBroken } = isStream ? readEvents(text) : { results: readResults(text), isBroken: false }
  const found = results.map(({ token }) => token)
  // A stream whose worker has died tells so, after pieces that are right all the same.
  const expected = isBroken || isCut ? tokens.slice(0, found.length) : tokens
  if (JSON.stringify(found) !== JSON.stringify(expected))
    return { kind: 'wrong', why: `${path} gave ${found.slice(0, 5)} for ${expected.slice(0, 5)}` }
  const stale = path.startsWith(`/${cachedModel}/`) && results.find(({ version = -1 }) => version < leastVersion)
  if (stale) return { kind: 'wrong', why: `${path} gave a result of version ${stale.version} after ${leastVersion}` }
  return { kind: 'answered', status }
}

interface Result {
  readonly token: string
  readonly version?: number
}

function readResults(text: string): readonly Result[] {
  const results = JSON.parse(text)
  return Array.isArray(results) ? results : [results]
}

function wholeEvents(text: string): string {
  return text.slice(0, text.lastIndexOf('\n\n') + 2)
}

function readEvents(text: string): { results: readonly Result[]; isBroken: boolean } {
  const results: Result[] = []
  let isBroken = false
  for (const event of text.split('\n\n')) {
    if (event.startsWith('event: error')) isBroken = true
    else if (event.startsWith('data: ')) results.push(JSON.parse(event.slice('data: '.length)))
  }
  return { results, isBroken }
}
