import { expect, it } from 'vitest'
import { readPages } from './support/pages.ts'

it('blocks that are not run are known, each with its reason', async () => {
  const pages = await readPages()
  const excused = pages.flatMap(({ path, excused }) => excused.map((line) => `${path} ${line.replace(/^\d+: /, '')}`))
  expect(excused).toEqual([])
})
