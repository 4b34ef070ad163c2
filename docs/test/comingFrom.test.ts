import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { root } from './support/pages.ts'
import { firstCells } from './support/tables.ts'

// What FastAPI and Flask do, feature by feature. It is no part of the repository.
const reference = join(root, '../shared/reference/fastapi-flask.md')

// Features that stand in no table of the reference, by how their item begins, and their rows here.
const listed: Readonly<Record<string, string>> = {
  'TestClient(app, base_url="http://testserver", raise_server_exceptions': 'TestClient',
  'CLI: fastapi dev': 'CLI',
  'Ships an agent skill': 'Ships an agent skill',
  'Field order on the wire': 'Field order on the wire',
  'Plain item': 'Plain item',
  'Headers: content-type': 'Headers',
  'OpenAPI: content': 'OpenAPI',
  'Bug class to beat': 'Bug class to beat',
}

describe.skipIf(!existsSync(reference))('the pages for those who come from FastAPI and Flask', async () => {
  if (!existsSync(reference)) return
  const inventory = sectionsOf(await readFile(reference, 'utf8'))
  const page = async (name: string) => firstCells(await readFile(join(root, 'docs', name), 'utf8'))
  const rows = new Set([...(await page('coming-from-fastapi.md')), ...(await page('coming-from-flask.md'))])

  it.each(inventory)('have a row for each feature of section $number', ({ features }) => {
    expect(features.length).toBeGreaterThan(2)
    expect(features.filter((feature) => !rows.has(feature))).toEqual([])
  })

  it('know of all ten sections, and of every item that is in no table', () => {
    expect(inventory.map(({ number }) => number)).toEqual(Array.from({ length: 10 }, (_, index) => `2.${index + 1}`))
    const features = inventory.flatMap((section) => section.features)
    expect(Object.values(listed).filter((row) => !features.includes(row))).toEqual([])
  })
})

interface Section {
  readonly number: string
  readonly features: readonly string[]
}

/** The features of sections 2.1 to 2.10: the first cells of their tables, or the items of their lists. */
function sectionsOf(source: string): Section[] {
  return source
    .split(/^#{2,3} /m)
    .filter((section) => /^2\.\d+ /.test(section))
    .map((section) => ({
      number: section.split(' ')[0] ?? '',
      features: [...firstCells(section), ...itemsOf(section)],
    }))
}

function itemsOf(section: string): string[] {
  const items = [...section.matchAll(/^- (.*)$/gm)].map(([, item = '']) => item.replaceAll('`', ''))
  return items
    .filter((item) => !item.startsWith('TS: '))
    .map((item) => Object.entries(listed).find(([beginning]) => item.startsWith(beginning))?.[1] ?? item)
}
