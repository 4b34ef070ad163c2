import { App, fail, sse } from 'millrace'
import { listModels } from 'millrace/models'
import { detector } from './models/detector.ts'
import { dimensions, embedder, embeddingModel } from './models/embedder.ts'
import { page } from './page.ts'
import * as schemas from './schemas.ts'
import { answers } from './search/ask.ts'
import type { DocsIndex } from './search/DocsIndex.ts'
import { docs } from './search/docs.ts'
import { dot } from './search/vectors.ts'

export const app = new App({
  title: 'Millrace quickstart',
  version: '1.0.0',
  description: 'Sentence embeddings, language detection and semantic search on real models, off the event loop.',
})

app.include(page)

/** What models answer when there is too much to do. */
const overload = { 503: schemas.Problem, 504: schemas.Problem }

export const embed = app.post(
  '/embed',
  {
    tags: ['Embeddings'],
    summary: 'Embed texts',
    description: 'Turns one or many texts into vectors of 512 numbers. Texts that mean the same lie close together.',
    body: schemas.EmbedRequest,
    examples: {
      'One text': { input: 'The mill turns with the river.' },
      'Many texts': { input: ['The mill turns with the river.', 'Water drives the wheel.'] },
    },
    response: schemas.Embeddings,
    responses: overload,
    deps: { embedder },
  },
  async ({ body, embedder }) => {
    const texts = typeof body.input === 'string' ? [body.input] : body.input
    const vectors = await embedder.runMany(texts)
    return { model: embeddingModel, dimensions, embeddings: vectors.map((vector) => Array.from(vector)) }
  },
)

export const similarity = app.post(
  '/similarity',
  {
    tags: ['Embeddings'],
    summary: 'Compare two texts',
    description: 'How near two texts are in meaning, whatever their words.',
    body: schemas.TextPair,
    examples: {
      'Same meaning': { first: 'How old are you?', second: 'What is your age?' },
      Unrelated: { first: 'How old are you?', second: 'The train leaves at noon.' },
    },
    response: schemas.Similarity,
    responses: overload,
    deps: { embedder },
  },
  async ({ body, embedder }) => {
    const [first, second] = await Promise.all([embedder.run(body.first), embedder.run(body.second)])
    return { score: dot(first, second) }
  },
)

const languageNames = new Intl.DisplayNames('en', { type: 'language' })

export const language = app.post(
  '/language',
  {
    tags: ['Language'],
    summary: 'Detect the language',
    description: 'Which of 50 languages a text is written in. A sentence is enough.',
    body: schemas.LanguageRequest,
    examples: {
      Italian: { text: 'In che lingua è scritta questa frase?' },
      Finnish: { text: 'Millä kielellä tämä lause on kirjoitettu?', limit: 1 },
    },
    response: schemas.Language,
    responses: overload,
    deps: { detector },
  },
  async ({ body, detector }) => {
    const detected = await detector.run(body.text)
    return {
      language: detected[0]?.language ?? 'und',
      languages: detected.slice(0, body.limit).map(({ language, probability }) => ({
        language,
        name: languageNames.of(language) ?? language,
        probability,
      })),
    }
  },
)

export const search = app.post(
  '/search',
  {
    tags: ['Search'],
    summary: 'Search the docs',
    description: "Finds the passages of Millrace's own docs pages that are nearest to a query in meaning.",
    body: schemas.SearchRequest,
    examples: { Testing: { query: 'test my API without a network', limit: 3 } },
    response: schemas.SearchResult,
    responses: overload,
    deps: { embedder, docs },
  },
  async ({ body, embedder, docs }) => {
    requirePages(docs)
    const found = docs.nearest(await embedder.run(body.query), body.limit)
    return { passages: found.map(({ page, heading, text, score }) => ({ page, heading, passage: text, score })) }
  },
)

export const ask = app.get(
  '/ask',
  {
    tags: ['Search'],
    summary: 'Ask the docs',
    description:
      'Streams the passages that answer a question, best first. Each is read sentence by sentence and sent as ' +
      'soon as that is done; `done` follows the last one. The work stops when the client leaves.',
    query: schemas.Question,
    response: sse({ passage: schemas.AnswerPassage, done: schemas.AnswerDone }),
    responses: overload,
    deps: { embedder, docs },
  },
  async function* ({ query, embedder, docs }) {
    requirePages(docs)
    const startMs = performance.now()
    let passages = 0
    let sentences = 0
    for await (const answer of answers(query.question, { docs, embedder, limit: query.limit })) {
      passages++
      sentences += answer.sentences
      yield { event: 'passage', data: { ...answer, passage: answer.text }, id: String(answer.rank) }
    }
    yield { event: 'done', data: { passages, sentences, tookMs: Math.round(performance.now() - startMs) } }
  },
)

export const modelList = app.get(
  '/models',
  {
    tags: ['Models'],
    summary: 'List the models',
    description: 'State, queue, batches and times of each model.',
  },
  listModels(embedder, detector),
)

/** @throws {HttpError} 503 where there is nothing to search */
function requirePages(docs: DocsIndex): void {
  if (docs.passages === 0) fail(503, 'There are no docs pages to search in', { code: 'no_pages' })
}
