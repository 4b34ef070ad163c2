import { existsSync } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { expect, it } from 'vitest'
import { readMarkdown } from './support/markdown.ts'
import { readPages, root } from './support/pages.ts'

const pages = await readPages()

it.each(pages.map((page) => [page.path, page] as const))('%s links to what exists', async (path, { links }) => {
  const broken: string[] = []
  for (const { target, line } of links) {
    if (/^[a-z]+:/.test(target)) continue
    const why = await whyBroken(path, target)
    if (why) broken.push(`${line}: ${target} ${why}`)
  }
  expect(broken).toEqual([])
})

it('the index leads to every page', () => {
  const index = pages.find(({ path }) => path === 'docs/README.md')
  const linked = new Set(index?.links.map(({ target }) => `docs/${target.replace(/#.*/, '')}`))
  const missing = pages.map(({ path }) => path).filter((path) => path.startsWith('docs/') && !linked.has(path))
  expect(missing).toEqual(['docs/README.md'])
})

async function whyBroken(path: string, target: string): Promise<string | undefined> {
  const [file = '', anchor] = target.split('#')
  const full = file === '' ? join(root, path) : join(root, path, '..', decodeURIComponent(file))
  if (relative(root, full).startsWith('..')) return 'leads out of the repository'
  if (!existsSync(full)) return 'does not exist'
  if (anchor === undefined || (await stat(full)).isDirectory()) return undefined
  const { anchors } = readMarkdown(await readFile(full, 'utf8'))
  return anchors.has(anchor) ? undefined : 'has no such heading'
}
