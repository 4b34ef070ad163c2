/** What a handler may return, and what the compiler refuses. Checked by `tsc`; nothing here runs. */
import { App, bytes, html, json, redirect, reply, sendFile, text } from 'millrace'
import { z } from 'zod'

const app = new App()
const Verdict = z.object({ label: z.enum(['positive', 'negative']), score: z.number() })
const Tagged = z.object({ tags: z.array(z.enum(['a', 'b'])), pair: z.tuple([z.literal('x'), z.number()]) })
const Shape = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('circle'), radius: z.number() }),
  z.object({ kind: z.literal('square'), side: z.number() }),
])
declare const isGood: boolean
declare function wait(): Promise<void>

// Literals need no `as const`: directly, ...
app.get('/a', { response: Verdict }, () => ({ label: 'positive', score: 1 }))
app.get('/a', { response: Verdict }, async () => ({ label: 'positive', score: 1 }))
app.get('/a', { response: Verdict }, async ({ signal }) => {
  await wait()
  return { label: signal.aborted ? 'positive' : 'negative', score: 1 }
})
// ... in branches, ...
app.get('/a', { response: Verdict }, () => {
  if (isGood) return { label: 'positive', score: 1 }
  return { label: 'negative', score: 0 }
})
app.get('/a', { response: Verdict }, async ({ log }) => {
  log.info('branches')
  if (isGood) return { label: 'positive', score: 1 }
  return { label: 'negative', score: 0 }
})
app.get('/a', { response: Verdict }, ({ id }) =>
  id ? { label: 'positive', score: 1 } : { label: 'negative', score: 0 },
)
// ... from variables, ...
app.get('/a', { response: Verdict }, () => {
  const label = isGood ? 'positive' : 'negative'
  return { label, score: 1 }
})
app.get('/a', { response: Verdict }, async () => {
  const label = isGood ? 'positive' : 'negative'
  await wait()
  return { label, score: 1 }
})
// ... in arrays, tuples, unions, and promises.
app.get('/a', { response: Tagged }, () => ({ tags: ['a', 'b'], pair: ['x', 1] }))
app.get('/a', { response: Tagged }, async () => ({ tags: ['a', 'b'], pair: ['x', 1] }))
app.get('/a', { response: Shape }, () => ({ kind: 'circle', radius: 1 }))
app.get('/a', { response: Shape }, async () => (isGood ? { kind: 'circle', radius: 1 } : { kind: 'square', side: 1 }))
app.get('/a', { response: z.enum(['a', 'b']) }, () => 'a')
app.get('/a', { response: z.enum(['a', 'b']) }, async () => (isGood ? 'a' : 'b'))
app.get('/a', { response: Verdict }, () => Promise.resolve({ label: 'positive', score: 1 }))
// Values that are typed already fit, mutable or not.
declare const verdict: z.infer<typeof Verdict>
declare const frozen: { readonly label: 'positive'; readonly score: number }
declare const tagged: { readonly tags: readonly ('a' | 'b')[]; readonly pair: readonly ['x', number] }
app.get('/a', { response: Verdict }, () => verdict)
app.get('/a', { response: Verdict }, async () => frozen)
app.get('/a', { response: Tagged }, () => tagged)
// What has its own nature stays what it is.
app.get('/a', { response: z.object({ at: z.date(), map: z.map(z.string(), z.number()) }) }, () => ({
  at: new Date(),
  map: new Map([['a', 1]]),
}))
// The input side of a schema: defaults may be left out.
app.get('/a', { response: z.object({ page: z.number().default(1) }) }, () => ({}))
// A whole response may always be given.
app.get('/a', { response: Verdict }, () => new Response('x'))

// @ts-expect-error a wrong literal
app.get('/a', { response: Verdict }, () => ({ label: 'bad', score: 1 }))
// @ts-expect-error a wrong literal, async
app.get('/a', { response: Verdict }, async () => ({ label: 'bad', score: 1 }))
// @ts-expect-error a wrong literal, in one branch
app.get('/a', { response: Verdict }, () => {
  if (isGood) return { label: 'positive', score: 1 }
  return { label: 'bad', score: 0 }
})
// @ts-expect-error a wrong type
app.get('/a', { response: Verdict }, () => ({ label: 'positive', score: '1' }))
// @ts-expect-error a missing field
app.get('/a', { response: Verdict }, () => ({ label: 'positive' }))
// @ts-expect-error a missing field, async
app.get('/a', { response: Verdict }, async () => ({ label: 'positive' }))
// @ts-expect-error nothing returned
app.get('/a', { response: Verdict }, () => {})
// @ts-expect-error a wrong item of an array
app.get('/a', { response: Tagged }, () => ({ tags: ['a', 'c'], pair: ['x', 1] }))

// Kinds of replies
app.get('/a', { response: text() }, () => 'plain')
app.get('/a', { response: html() }, async () => '<p>')
app.get('/a', { response: bytes('image/png') }, () => new Uint8Array())
app.get('/a', { response: bytes('image/png') }, async function* () {
  yield new Uint8Array()
})
// @ts-expect-error text is a string
app.get('/a', { response: text() }, () => 1)
// @ts-expect-error bytes are bytes
app.get('/a', { response: bytes() }, () => 'x')

// Other statuses
const Conflict = z.object({ code: z.enum(['taken', 'gone']) })
const responses = { 409: Conflict, 202: text() }
app.post('/a', { response: Verdict, responses }, () => {
  if (isGood) return reply(409, { code: 'taken' })
  return { label: 'positive', score: 1 }
})
app.post('/a', { response: Verdict, responses: { 409: Conflict } }, async ({ id }) =>
  id ? reply(409, { code: 'taken' }) : { label: 'positive', score: 1 },
)
app.post('/a', { response: Verdict, responses }, async () => reply(202, 'later'))
// @ts-expect-error a status that is not declared
app.post('/a', { response: Verdict, responses }, () => reply(410, { code: 'taken' }))
// @ts-expect-error a wrong value for a declared status
app.post('/a', { response: Verdict, responses }, () => reply(409, { code: 'other' }))
// What is said of a status holds the handler to its body, where it has one.
const described = {
  404: { description: 'Gone', body: Conflict },
  406: { description: 'Any' },
  '5XX': Conflict,
} as const
app.post('/a', { response: Verdict, responses: described }, () => reply(404, { code: 'taken' }))
app.post('/a', { response: Verdict, responses: described }, () => reply(406, 'whatever'))
// @ts-expect-error: not the code that the body has
app.post('/a', { response: Verdict, responses: described }, () => reply(404, { code: 'other' }))
// @ts-expect-error: a range is no status to reply with
app.post('/a', { response: Verdict, responses: described }, () => reply(500, { code: 'taken' }))

// json() has the schema's types, keys included.
const Stored = z.object({
  name: z.string(),
  kind: z.enum(['a', 'b']),
  inner: z.object({ x: z.number(), y: z.number() }),
})
app.get('/j', { response: json(Stored, { include: ['name'], exclude: { inner: ['x'] } }) }, () => ({
  name: 'n',
  kind: 'a',
  inner: { x: 1, y: 2 },
}))
app.get('/j', { response: json(z.array(Stored), { exclude: ['inner'], omit: ['null', 'unset'] }) }, () => [])
app.get('/j', { response: json(Stored) }, () => redirect('/elsewhere'))
app.get('/j', { response: json(Stored) }, () => sendFile('./stored.json'))
// @ts-expect-error a key that is not there
json(Stored, { include: ['other'] })
// @ts-expect-error a key that is not there, deeper
json(Stored, { exclude: { inner: ['z'] } })
// @ts-expect-error an omission that is none
json(Stored, { omit: 'undefined' })
// @ts-expect-error a wrong literal
app.get('/j', { response: json(Stored) }, () => ({ name: 'n', kind: 'c', inner: { x: 1, y: 2 } }))
