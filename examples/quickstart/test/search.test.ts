import type { App } from 'millrace'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { events, post, quickstart } from './support/quickstart.ts'

let app: App

beforeAll(async () => {
  ;({ app } = quickstart())
  await app.start()
})

afterAll(() => app.stop())

test.each([
  ['How long do I cook an egg?', 'cooking.md', 'Boiling eggs'],
  ['making a loaf', 'cooking.md', 'Baking bread'],
  ['When should I cut my fruit trees?', 'garden.md', 'Pruning'],
  ['booking a railway journey', 'travel/trains.md', 'Tickets'],
])('%s is found in %s', async (query, page, heading) => {
  const { status, body } = await post(app, '/search', { query, limit: 1 })
  expect(status).toBe(200)
  expect(body.passages).toHaveLength(1)
  expect(body.passages[0]).toMatchObject({ page, heading })
})

test('passages come nearest first, as many as asked for', async () => {
  const { body } = await post(app, '/search', { query: 'watering vegetables', limit: 4 })
  const scores = body.passages.map(({ score }: { score: number }) => score)
  expect(scores).toHaveLength(4)
  expect(scores).toEqual([...scores].sort((a, b) => b - a))
  expect(body.passages[0]).toMatchObject({
    page: 'garden.md',
    heading: 'Watering',
    passage: 'Water the tomatoes in the early morning. Wet leaves at night make them ill.',
  })
})

test('an answer streams passages, best first, each with its best sentence, and then is done', async () => {
  const question = encodeURIComponent('How many minutes does an egg need?')
  const response = await app.request(`/ask?question=${question}&limit=3`)
  expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/event-stream; charset=utf-8'])
  const told = await events(response)
  expect(told.map(([event]) => event)).toEqual(['passage', 'passage', 'passage', 'done'])
  const passages = told.slice(0, 3).map(([, data]) => data)
  expect(passages.map(({ rank }) => rank)).toEqual([1, 2, 3])
  expect(passages[0]).toMatchObject({
    page: 'cooking.md',
    heading: 'Boiling eggs',
    sentence: 'After seven minutes the yolk is still soft.',
  })
  expect(passages[0].score).toBeGreaterThan(passages[1].score)
  expect(passages[1].score).toBeGreaterThan(passages[2].score)
  for (const { passage, sentence } of passages) expect(passage).toContain(sentence)
  expect(told[3]?.[1]).toMatchObject({ passages: 3 })
  expect(told[3]?.[1].sentences).toBeGreaterThanOrEqual(6)
})

test('a question that is missing is told before the stream begins', async () => {
  const response = await app.request('/ask?limit=99')
  const problem = (await response.json()) as { errors: { path: string[] }[] }
  expect(response.status).toBe(422)
  expect(problem.errors.map(({ path }) => path)).toEqual([['question'], ['limit']])
})

test('where there are no pages, search and ask say so and the rest works', async () => {
  const { app: empty, told } = quickstart(new URL('./no-such-folder/', import.meta.url))
  try {
    const found = await post(empty, '/search', { query: 'eggs' })
    const asked = await empty.request('/ask?question=eggs')
    expect([found.status, found.body.code]).toEqual([503, 'no_pages'])
    expect([asked.status, ((await asked.json()) as { code: string }).code]).toEqual([503, 'no_pages'])
    expect(told.at(-1)).toBe('starting: embedding docs (none found: /search and /ask will answer 503) end')
    expect((await post(empty, '/embed', { input: 'eggs' })).status).toBe(200)
  } finally {
    await empty.stop()
  }
})
