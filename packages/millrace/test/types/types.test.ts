import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { tsc, typesFolder } from './tsc.ts'

// `@ts-expect-error` makes the compiler complain where it finds no error, so this holds both directions.
it('compiles the type tests, and refuses what they say is wrong', { timeout: 120_000 }, async () => {
  expect(await tsc(join(typesFolder, 'tsconfig.json'))).toBe('')
})

it('has type tests', async () => {
  const files = readdirSync(typesFolder).filter((name) => name.endsWith('.test-d.ts'))
  const listed = await tsc(join(typesFolder, 'tsconfig.json'), ['--listFilesOnly'])
  expect(files.length).toBeGreaterThanOrEqual(4)
  expect(files.filter((name) => !listed.includes(`/types/${name}`))).toEqual([])
})
