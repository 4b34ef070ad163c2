import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { readPages, root } from './support/pages.ts'

const excerpts = (await readPages()).flatMap(({ path, excerpts }) =>
  excerpts.map(({ line, from, text }) => ({ place: `${path}:${line}`, from, text })),
)

it.each(excerpts)('$place stands in $from', async ({ from, text }) => {
  expect(unindented(await readFile(join(root, from), 'utf8'))).toContain(unindented(text))
})

/** A part of a block stands further to the left on a page than in its file. */
function unindented(text: string): string {
  return `\n${text.replace(/^ +/gm, '')}\n`
}
