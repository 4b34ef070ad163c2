import type { App } from 'millrace'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { post, quickstart } from './support/quickstart.ts'

let app: App
let told: string[]

beforeAll(async () => {
  ;({ app, told } = quickstart())
  await app.start()
})

afterAll(() => app.stop())

const similarity = async (first: string, second: string): Promise<number> =>
  (await post(app, '/similarity', { first, second })).body.score

test('the start-up tells how far it is, and the app is not ready before', () => {
  expect(told).toEqual([
    'starting: loading embedding model  end',
    'starting: embedding docs 10/10 texts',
    'starting: embedding docs 3 pages, 5 passages end',
  ])
  expect(app.state).toBe('ready')
})

test('one text becomes one vector of 512 numbers and length 1', async () => {
  const { status, body } = await post(app, '/embed', { input: 'The mill turns with the river.' })
  expect(status).toBe(200)
  expect({ ...body, embeddings: body.embeddings.length }).toEqual({
    model: 'universal-sentence-encoder-lite',
    dimensions: 512,
    embeddings: 1,
  })
  expect(body.embeddings[0]).toHaveLength(512)
  expect(Math.hypot(...body.embeddings[0])).toBeCloseTo(1, 5)
})

test('many texts keep their order, over the bounds of a batch', async () => {
  const texts = Array.from({ length: 40 }, (_, index) => `Sentence number ${index} about the river.`)
  const { body } = await post(app, '/embed', { input: texts })
  const alone = await post(app, '/embed', { input: texts[37] })
  expect(body.embeddings).toHaveLength(40)
  for (const [index, value] of body.embeddings[37].entries())
    expect(value).toBeCloseTo(alone.body.embeddings[0][index], 4)
  expect(body.embeddings[36]).not.toEqual(body.embeddings[37])
})

test('paraphrases are nearer than unrelated texts, and a text is nearest to itself', async () => {
  const same = await similarity('How old are you?', 'How old are you?')
  const paraphrase = await similarity('How old are you?', 'What is your age?')
  const unrelated = await similarity('How old are you?', 'The train leaves at noon.')
  expect(same).toBeCloseTo(1, 5)
  expect(paraphrase).toBeGreaterThan(0.8)
  expect(unrelated).toBeLessThan(0.4)
})

test.each([
  ['Which language is this sentence written in?', 'eng', 'English'],
  ['In che lingua è scritta questa frase?', 'ita', 'Italian'],
  ['In welcher Sprache ist dieser Satz geschrieben?', 'deu', 'German'],
  ['Millä kielellä tämä lause on kirjoitettu?', 'fin', 'Finnish'],
  ['На каком языке написано это предложение?', 'rus', 'Russian'],
])('%s is %s', async (text, language, name) => {
  const { status, body } = await post(app, '/language', { text, limit: 2 })
  expect(status).toBe(200)
  expect(body.language).toBe(language)
  expect(body.languages).toHaveLength(2)
  expect(body.languages[0]).toMatchObject({ language, name })
  expect(body.languages[0].probability).toBeGreaterThan(0.5)
  expect(body.languages[1].probability).toBeLessThan(0.5)
})

test('a text without letters is in no language', async () => {
  expect((await post(app, '/language', { text: '1234 5678' })).body).toEqual({ language: 'und', languages: [] })
})

test.each([
  ['/embed', { input: [] }, ['input']],
  ['/embed', { input: Array.from({ length: 65 }, () => 'x') }, ['input']],
  ['/embed', { input: 'x'.repeat(2001) }, ['input']],
  ['/embed', {}, ['input']],
  ['/language', { text: 'fine', limit: 0 }, ['limit']],
  ['/search', { query: '  ' }, ['query']],
])('%s refuses %j', async (path, body, where) => {
  const answer = await post(app, path, body)
  expect(answer.status).toBe(422)
  expect(answer.body.code).toBe('invalid_input')
  expect(answer.body.errors.map((issue: { path: string[] }) => issue.path)).toEqual([where])
})

test('all that is wrong with a pair of texts is told at once', async () => {
  const { status, body } = await post(app, '/similarity', { first: ' ', second: 7 })
  expect(status).toBe(422)
  expect(body.errors.map((issue: { path: string[] }) => issue.path.join('.'))).toEqual(['first', 'second'])
})

test('malformed JSON is told as such', async () => {
  const response = await app.request('/embed', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"input":',
  })
  expect([response.status, ((await response.json()) as { code: string }).code]).toEqual([400, 'malformed_json'])
})
