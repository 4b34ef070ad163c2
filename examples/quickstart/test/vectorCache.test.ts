import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, sep } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Embedder } from '../models/embedder.ts'
import { embedAll } from '../search/embedAll.ts'
import { VectorCache } from '../search/VectorCache.ts'

let folder: string
let file: URL

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'quickstart-'))
  file = new URL('cache/vectors.json', pathToFileURL(folder + sep))
})

afterEach(() => rm(folder, { recursive: true }))

/** The text's length and a third, which no decimal holds exactly. */
const vectorOf = (text: string) => Float32Array.of(text.length, 1 / 3)

function counting(): { embedder: Embedder; asked: string[] } {
  const asked: string[] = []
  const runMany = async (texts: readonly string[]) => {
    asked.push(...texts)
    return texts.map(vectorOf)
  }
  const unused = () => expect.unreachable('texts are embedded many at a time')
  return { asked, embedder: { run: unused, runMany, stream: unused } }
}

test('each text is embedded once, and not again by the next start-up', async () => {
  const first = counting()
  await embedAll(['bb', 'a', 'bb'], first.embedder, { cache: await VectorCache.open(file, 'm') })
  expect(first.asked).toEqual(['a', 'bb'])

  const second = counting()
  const told: number[][] = []
  const onProgress = (...numbers: number[]) => void told.push(numbers)
  const vectors = await embedAll(['bb', 'ccc'], second.embedder, {
    cache: await VectorCache.open(file, 'm'),
    onProgress,
  })
  expect(second.asked).toEqual(['ccc'])
  expect(told).toEqual([[2, 2]])
  expect(vectors).toEqual(
    new Map([
      ['bb', vectorOf('bb')],
      ['ccc', vectorOf('ccc')],
    ]),
  )
  // What is no longer asked for is forgotten, and no drafts are left.
  expect((await VectorCache.open(file, 'm')).get('a')).toBeUndefined()
  expect(await readdir(new URL('.', file))).toEqual(['vectors.json'])
})

test('vectors of another model, and a file that is broken, are not used', async () => {
  const { embedder } = counting()
  await embedAll(['a'], embedder, { cache: await VectorCache.open(file, 'm') })
  expect((await VectorCache.open(file, 'm')).get('a')).toEqual(vectorOf('a'))
  expect((await VectorCache.open(file, 'other')).get('a')).toBeUndefined()
  await writeFile(file, '{"model":"m","vec')
  expect((await VectorCache.open(file, 'm')).get('a')).toBeUndefined()
})
