import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { codes } from 'millrace'
import { expect, it } from 'vitest'
import { root } from './support/pages.ts'

const page = await readFile(join(root, 'docs/error-codes.md'), 'utf8')
const [answers = '', startup = ''] = page.split('## At start-up')

it('has every code of an answer, with its status', () => {
  const known = new Map(
    [...answers.matchAll(/^### `(\w+)`\n\n(\d+)\./gm)].map(([, code, status]) => [code, Number(status)]),
  )
  // Those of the middleware stand on the page, but are no codes of the core.
  for (const code of ['origin_not_allowed', 'preflight_refused']) expect(known.delete(code)).toBe(true)
  expect(Object.fromEntries(known)).toEqual(
    Object.fromEntries(Object.entries(codes).map(([code, { status }]) => [code, status])),
  )
})

it('has every code of start-up', async () => {
  const source = await readFile(join(root, 'packages/millrace/src/errors/StartupError.ts'), 'utf8')
  const declared = [...source.slice(source.indexOf('export type StartupErrorCode')).matchAll(/'(\w+)'/g)].map(
    ([, code]) => code,
  )
  const described = [...startup.matchAll(/^### `(\w+)`$/gm)].map(([, code]) => code)
  expect(declared.length).toBeGreaterThan(0)
  expect(described.toSorted()).toEqual(declared.toSorted())
})
