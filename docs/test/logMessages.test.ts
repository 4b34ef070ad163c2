import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { root } from './support/pages.ts'

const page = await readFile(join(root, 'docs/logging.md'), 'utf8')
const [, section = ''] = page.split(/^## What the framework logs$/m)
/** By level: what stands in the table as code, in its second column. */
const described = [...section.matchAll(/^\| (error|warn|info|debug) +\| (.+?) \|/gm)].flatMap(([, level, messages]) =>
  [...(messages as string).matchAll(/`([^`]+)`/g)].map(([, message]) => `${level}: ${message}`),
)

it('has every message that the framework logs, with its level', async () => {
  const folder = join(root, 'packages/millrace/src')
  const names = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.ts'))
  const texts = await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')))
  const logged = texts.flatMap((text) =>
    [...text.matchAll(/\blog\??\.(error|warn|info|debug)\(\s*(['`])(.+?)\2/g)].map(
      ([, level, , message]) => `${level}: ${(message as string).replace(/\$\{[^}]*\}/g, '…')}`,
    ),
  )
  expect(logged.length).toBeGreaterThan(30)
  expect([...new Set(described)].sort()).toEqual([...new Set(logged)].sort())
})
