import { readdir } from 'node:fs/promises'
import type { App } from 'millrace'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { post, quickstart } from './support/quickstart.ts'

const pages = await readdir(new URL('../../../docs/', import.meta.url))

describe("Millrace's own docs pages", () => {
  let app: App

  beforeAll(async () => {
    ;({ app } = quickstart('own docs'))
    await app.start()
    // Hundreds of texts the first time, beside the other tests.
  }, 180_000)

  afterAll(() => app.stop())

  const questions: [query: string, page: string][] = [
    ['my first app', 'first-steps.md'],
    ['server-sent events', 'streaming.md'],
    ['test my API without a network', 'testing.md'],
    ['use valibot instead of zod', 'schemas.md'],
    ['validate what a handler returns', 'responses.md'],
  ]
  test.each(questions.filter(([, page]) => pages.includes(page)))('%s is found in %s', async (query, page) => {
    const { body } = await post(app, '/search', { query, limit: 3 })
    expect(body.passages.map((found: { page: string }) => found.page)).toContain(page)
  })

  test('code stays out of what is found', async () => {
    const { body } = await post(app, '/search', { query: 'import { App } from millrace', limit: 20 })
    expect(body.passages.filter(({ passage }: { passage: string }) => passage.includes("from 'millrace'"))).toEqual([])
  })
})
