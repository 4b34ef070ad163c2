import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { root } from './support/pages.ts'

it('every npm dependency has its line: what for, why this one, what else was considered', async () => {
  const manifest: Record<string, Record<string, string> | undefined> = JSON.parse(
    await readFile(join(root, 'packages/millrace/package.json'), 'utf8'),
  )
  const copied = ['swagger-ui-dist', 'redoc']
  // The first of each licence names its package.
  const licences = await readFile(join(root, 'packages/millrace/dist/licences.txt'), 'utf8')
  const builtIn = [...licences.matchAll(/^(\S+) \d+\.\d+\.\d+$/gm)].map(([, name]) => name)
  const installed = Object.keys({
    ...manifest['dependencies'],
    ...manifest['optionalDependencies'],
    ...manifest['peerDependencies'],
  })
  const page = await readFile(join(root, 'docs/dependencies.md'), 'utf8')
  const described = [...page.matchAll(/^- `(.+?)`: (.+; .*considered: .+)$/gm)].map(([, name]) => name)
  expect(described.toSorted()).toEqual([...installed, ...builtIn, ...copied].toSorted())
})
