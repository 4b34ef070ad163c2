import assert from 'node:assert/strict'
import type { Ask, Asked, Workload } from './workloads.ts'

/**
 * Asks a server for what these workloads consist of, so that nothing is measured that answers wrongly: JSON byte by
 * byte, event streams as well, and those event by event.
 *
 * @throws {AssertionError} for a wrong answer, or for faulty input that is not refused with a 4xx
 */
export async function verify(name: string, port: number, workloads: readonly Workload[]): Promise<void> {
  for (const { requests, refused } of workloads) {
    const step = Math.max(1, Math.floor(requests.length / mostAsked))
    for (let at = 0; at < requests.length; at += step) await verifyAnswer(name, port, requests[at] as Asked)
    for (const ask of refused) await verifyRefusal(name, port, ask)
  }
}

/** Of the requests of one workload that differ. */
const mostAsked = 64

async function verifyAnswer(name: string, port: number, asked: Asked): Promise<void> {
  const { expected } = asked
  if (expected === 'refused') await verifyRefusal(name, port, asked)
  else if ('events' in expected) await verifyEvents(name, port, asked, expected.events)
  else await verifyJson(name, port, asked, JSON.stringify(expected.json))
}

async function verifyJson(name: string, port: number, ask: Ask, expected: string): Promise<void> {
  const response = await send(port, ask)
  assert.equal(response.status, 200, `${name} answers ${response.status} to ${ask.method} ${ask.path}`)
  assert.match(response.headers.get('content-type') ?? '', /^application\/json/)
  // Flask ends its JSON with a newline.
  assert.equal((await response.text()).trimEnd(), expected, `${name} answers ${ask.method} ${ask.path} wrongly`)
}

async function verifyEvents(name: string, port: number, ask: Ask, expected: string): Promise<void> {
  const response = await send(port, ask)
  assert.match(response.headers.get('content-type') ?? '', /^text\/event-stream/)
  const pieces: string[] = []
  const decoder = new TextDecoder()
  for await (const piece of response.body as ReadableStream<Uint8Array>)
    pieces.push(decoder.decode(piece, { stream: true }))
  assert.equal(pieces.join(''), expected, `${name} streams ${ask.path} wrongly`)
  // Two may come together on a busy machine; a server that collects them sends far fewer pieces.
  assert.ok(pieces.length > 10, `${name} sends the events of ${ask.path} in ${pieces.length} pieces`)
}

async function verifyRefusal(name: string, port: number, ask: Ask): Promise<void> {
  const { status } = await send(port, ask)
  const what = `${name} answers ${status} to the faulty ${ask.method} ${ask.path} ${ask.body ?? ''}`
  assert.ok(status >= 400 && status < 500, what)
}

/** For an answer with its whole stream; one that does not come at all would be waited for, for five minutes. */
const answerMs = 20_000

function send(port: number, { method, path, body }: Ask): Promise<Response> {
  const headers = { 'content-type': 'application/json' }
  const signal = AbortSignal.timeout(answerMs)
  return fetch(`http://127.0.0.1:${port}${path}`, { method, signal, ...(body === undefined ? {} : { body, headers }) })
}
