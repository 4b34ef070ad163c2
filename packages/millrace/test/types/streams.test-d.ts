/** What a streaming handler may yield. Checked by `tsc`; nothing here runs. */
import { App, event, HttpError, jsonl, redirect, reply, sse } from 'millrace'
import { z } from 'zod'

const app = new App()
const Delta = z.object({ kind: z.enum(['start', 'stop']), text: z.string() })
const events = { token: z.object({ text: z.string() }), done: z.object({ reason: z.enum(['length', 'stop']) }) }
declare const isGood: boolean
declare function wait(): Promise<void>

// Items keep their literals without `as const`, one by one ...
app.get('/s', { response: sse(Delta) }, async function* () {
  yield { kind: 'start', text: '' }
  await wait()
  yield { kind: isGood ? 'start' : 'stop', text: '' }
})
app.get('/s', { response: sse(Delta) }, async function* ({ signal }) {
  while (!signal.aborted) yield { kind: 'start', text: '' }
})
app.get('/s', { response: sse(Delta) }, function* () {
  yield { kind: 'start', text: '' }
})
app.get('/s', { response: sse(z.enum(['a', 'b'])) }, async function* () {
  yield 'a'
  yield 'b'
})
app.get('/s', { response: jsonl(Delta) }, async function* () {
  yield { kind: 'stop', text: '' }
})
app.get('/s', { response: jsonl(z.number().nullable()) }, async function* () {
  yield 1
  yield null
})
// ... and as named events.
app.get('/s', { response: sse(events) }, async function* ({ id }) {
  yield { event: 'token', data: { text: 'a' } }
  yield { event: 'done', data: { reason: 'stop' }, id, retryMs: 10 }
})
// An event may say more than its data, which keeps its literals.
app.get('/s', { response: sse(Delta) }, async function* () {
  yield event({ comment: 'soon' })
  yield { kind: 'start', text: '' }
  yield event({ data: { kind: 'stop', text: '' }, id: '1' })
  yield event({ raw: '[DONE]' })
})
app.get('/s', { response: sse(events) }, async function* () {
  yield event({ event: 'done', data: { reason: 'stop' }, comment: 'the last one' })
})
app.get('/s', { response: sse() }, async function* () {
  yield 1
  yield event({ data: 'any' })
})
app.get('/s', { response: sse(Delta) }, () => redirect('/elsewhere'))
// Any iterable will do, also from a promise.
declare function source(): AsyncIterable<{ kind: 'start'; text: string }>
app.get('/s', { response: sse(Delta) }, () => source())
app.get('/s', { response: sse(Delta) }, async () => source())
app.get('/s', { response: jsonl(z.number()) }, () => [1, 2])
app.get('/s', { response: sse(Delta) }, () => new Response())
app.get('/s', { response: sse(Delta), responses: { 409: z.object({ code: z.literal('taken') }) } }, async () =>
  isGood ? source() : reply(409, { code: 'taken' }),
)
app.get('/s', { response: sse(Delta) }, async () => {
  if (isGood) throw new HttpError(404)
  return source()
})

// @ts-expect-error a wrong literal
app.get('/s', { response: sse(Delta) }, async function* () {
  yield { kind: 'other', text: '' }
})
// @ts-expect-error a missing field
app.get('/s', { response: sse(Delta) }, async function* () {
  yield { kind: 'start' }
})
// @ts-expect-error the second item is wrong
app.get('/s', { response: jsonl(Delta) }, async function* () {
  yield { kind: 'start', text: '' }
  yield { kind: 'start', text: 1 }
})
// @ts-expect-error an event that is not declared
app.get('/s', { response: sse(events) }, async function* () {
  yield { event: 'other', data: { text: 'a' } }
})
// @ts-expect-error the data of another event
app.get('/s', { response: sse(events) }, async function* () {
  yield { event: 'done', data: { text: 'a' } }
})
// @ts-expect-error a wrong literal in the data of an event
app.get('/s', { response: sse(Delta) }, async function* () {
  yield event({ data: { kind: 'other', text: '' } })
})
// @ts-expect-error data of none of the events
app.get('/s', { response: sse(events) }, async function* () {
  yield event({ event: 'done', data: { reason: 'other' } })
})
// @ts-expect-error one item is not a stream
app.get('/s', { response: sse(Delta) }, () => ({ kind: 'start', text: '' }))
