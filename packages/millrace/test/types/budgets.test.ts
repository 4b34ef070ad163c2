import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { tsc, typesFolder } from './tsc.ts'

/** How much the compiler works for the types of 500 operations, over what importing the libraries costs. */
const count = 500
const folder = join(typesFolder, '.tmp', 'budgets')

const imports = "import { App } from 'millrace'\nimport { z } from 'zod'\nexport const app = new App()\n"
const repeat = (line: (index: number) => string) => Array.from({ length: count }, (_, index) => line(index)).join('')

const schemas = `const Text = z.object({ text: z.string().min(1).max(2000), times: z.number() })
const Verdict = z.object({ label: z.enum(['positive', 'negative']), score: z.number() })
`
const body = "({ body, params }) => ({ label: body.text === params.id ? 'positive' : 'negative', score: body.times })"
const shared = (index: number) =>
  `export const op${index} = app.post('/op${index}/:id', { body: Text, response: Verdict }, ${body})\n`
const own = (index: number) =>
  `export const op${index} = app.post('/op${index}/:id', {
  body: z.object({ text: z.string().min(1).max(2000), n${index}: z.number() }),
  response: z.object({ label: z.enum(['positive', 'negative']), score: z.number(), m${index}: z.number() }),
}, ({ body, params }) => ({ label: body.text === params.id ? 'positive' : 'negative', score: 1, m${index}: body.n${index} }))
`
const call = (index: number) =>
  `const reply${index} = await client.post('/op${index}/:id', { params: { id: 'a' }, body: { text: 'a', n${index}: 1 } })
export const label${index}: 'positive' | 'negative' = reply${index}.label
`
const client = (calls: number) => `import { createClient } from 'millrace/client'
import type * as api from './own.ts'
export const client = createClient<typeof api>({ baseUrl: '' })
${Array.from({ length: calls }, (_, index) => call(index)).join('')}`

const fixtures = {
  imports: imports + schemas,
  shared: imports + schemas + repeat(shared),
  own: imports + repeat(own),
  noCalls: client(0),
  oneCall: client(1),
  elevenCalls: client(11),
}

async function instantiationsOf(name: keyof typeof fixtures): Promise<number> {
  const project = join(folder, `tsconfig.${name}.json`)
  const config = { extends: '../../../../../../tsconfig.json', include: [], exclude: [], files: [`${name}.ts`] }
  writeFileSync(project, JSON.stringify(config))
  // One checker: several would each work out what they share, and all of it would be counted.
  const output = await tsc(project, ['--extendedDiagnostics', '--singleThreaded'])
  expect(output).not.toContain('error TS')
  return Number(/Instantiations:\s+(\d+)/.exec(output)?.[1])
}

describe(`the types of ${count} operations`, { timeout: 300_000 }, () => {
  const measured = {} as Record<keyof typeof fixtures, number>
  beforeAll(async () => {
    mkdirSync(folder, { recursive: true })
    for (const [name, source] of Object.entries(fixtures)) writeFileSync(join(folder, `${name}.ts`), source)
    for (const name of Object.keys(fixtures) as (keyof typeof fixtures)[]) measured[name] = await instantiationsOf(name)
  }, 300_000)
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  const costs = {
    'with shared schemas': { most: 100_000, cost: () => measured.shared - measured.imports },
    'with schemas of their own': { most: 300_000, cost: () => measured.own - measured.imports },
    'and the first call of a client': { most: 150_000, cost: () => measured.oneCall - measured.noCalls },
    'and a further call': { most: 2_000, cost: () => (measured.elevenCalls - measured.oneCall) / 10 },
  }
  it.each(Object.entries(costs))('%s stay within their budget', (name, { most, cost }) => {
    const instantiations = cost()
    console.info(`${count} operations ${name}: ${instantiations} instantiations of at most ${most}`)
    expect(instantiations).toBeGreaterThan(0)
    expect(instantiations).toBeLessThanOrEqual(most)
  })
})
