import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { extract, folderOf, readPages, root } from './support/pages.ts'
import { typeErrors } from './support/types.ts'

it('all code of the pages has no type errors', { timeout: 120_000 }, async () => {
  const folder = join(root, 'docs/.extracted/types')
  await rm(folder, { recursive: true, force: true })
  for (const { path, examples } of await readPages())
    for (const example of examples) await extract(example, folderOf('types', path, example))
  expect(await typeErrors(folder)).toBe('')
})
