import { App, dependency, type OpenApiDocument } from 'millrace'
import { inline, model, remote } from 'millrace/models'
import { expect, it } from 'vitest'
import { z } from 'zod'

type Described = Readonly<Record<string, { description?: string; 'x-millrace-models'?: unknown }>>

const operation = ({ paths }: OpenApiDocument, path: string) => (paths[path] as Described)['get']

const shout = model({
  name: 'shout',
  input: z.string(),
  output: z.string(),
  runtime: inline({ run: (_, batch: string[]) => batch.map((text) => text.toUpperCase()) }),
})
const embedder = model({
  name: 'embedder',
  input: z.string(),
  output: z.array(z.number()),
  runtime: remote({ protocol: 'text-embeddings', url: 'http://127.0.0.1:1' }),
  batch: { maxSize: 1, maxDelayMs: 5, cost: (text) => text.length, maxCost: 4096, padded: true },
  queue: { maxSize: 64, maxPerCaller: 8, deadlineMs: 2_500 },
})

const ofShout = {
  name: 'shout',
  runtime: 'inline',
  batch: { maxSize: 32, maxDelayMs: 0, padded: false },
  queue: { maxSize: 512, maxPerCaller: 512, deadlineMs: 10_000 },
}
const ofEmbedder = {
  name: 'embedder',
  runtime: 'remote (text-embeddings)',
  batch: { maxSize: 1, maxDelayMs: 5, maxCost: 4096, padded: true },
  queue: { maxSize: 64, maxPerCaller: 8, deadlineMs: 2_500 },
}
const shoutLine =
  'Runs the model `shout` (inline), in batches of up to 32; at most 512 items wait and run, more are answered with 503; each is answered within 10 s, or with 504.'
const embedderLine =
  'Runs the model `embedder` (remote (text-embeddings)), one item at a time; at most 64 items wait and run, more are answered with 503; each is answered within 2.5 s, or with 504.'

it('says which models an operation runs, with their batches and queues', () => {
  const app = new App()
  app.get('/shout', { description: 'Shouts.', deps: { shout } }, () => 1)
  const document = app.openapi()
  expect(operation(document, '/shout')?.description).toBe(`Shouts.\n\n${shoutLine}`)
  expect(operation(document, '/shout')?.['x-millrace-models']).toStrictEqual([ofShout])
})

it('finds those behind other dependencies, and of the app', () => {
  const app = new App({ deps: { shout } })
  const search = dependency({ scope: 'handler', deps: { embedder } }, () => 1)
  app.get('/search', { deps: { search } }, () => 1)
  const found = operation(app.openapi(), '/search')
  expect(found?.['x-millrace-models']).toStrictEqual([ofShout, ofEmbedder])
  expect(found?.description).toBe(`${shoutLine}\n\n${embedderLine}`)
})

it('says nothing of a runtime of its own that does not tell its kind', () => {
  const own = model({
    name: 'own',
    input: z.string(),
    output: z.string(),
    runtime: (host) => inline({ run: (_, batch: string[]) => batch })(host),
  })
  const app = new App()
  app.get('/own', { deps: { own } }, () => 1)
  const found = operation(app.openapi(), '/own')
  expect(found?.['x-millrace-models']).toStrictEqual([{ name: 'own', batch: ofShout.batch, queue: ofShout.queue }])
  expect(found?.description).toMatch(/^Runs the model `own`, in batches of up to 32; /)
})

it('leaves out what only the start of the app runs, and models that a test has replaced', () => {
  const index = dependency({ scope: 'app', deps: { embedder } }, () => 1)
  const app = new App()
  app.get('/index', { deps: { index } }, () => 1)
  app.get('/shout', { deps: { shout } }, () => 1)
  const fake = { run: async () => '', runMany: async () => [], stream: async function* () {} }
  const document = app.with({ overrides: [[shout, () => fake]] }).openapi()
  for (const path of ['/index', '/shout']) {
    expect(operation(document, path)).not.toHaveProperty('x-millrace-models')
    expect(operation(document, path)).not.toHaveProperty('description')
  }
})

it('says nothing of a model that is not to be documented', () => {
  const quiet = model({
    name: 'quiet',
    input: z.string(),
    output: z.string(),
    runtime: inline({ run: (_, batch: string[]) => batch }),
    isDocumented: false,
  })
  const app = new App()
  app.get('/quiet', { deps: { quiet, shout } }, () => 1)
  const found = operation(app.openapi(), '/quiet')
  expect(found?.description).toBe(shoutLine)
  expect(found?.['x-millrace-models']).toStrictEqual([ofShout])
  expect(JSON.stringify(app.openapi())).not.toContain('quiet`')
})

it('describes vectors by the form that their schema names', () => {
  const vector = z.instanceof(Float32Array).meta({ type: 'array', items: { type: 'number' } })
  const app = new App()
  app.get('/vectors', { response: z.array(vector) }, () => [])
  const described = app.openapi().paths['/vectors'] as { get: { responses: Record<string, { content: unknown }> } }
  expect(described.get.responses['200']?.content).toEqual({
    'application/json': { schema: { type: 'array', items: { type: 'array', items: { type: 'number' } } } },
  })
})
