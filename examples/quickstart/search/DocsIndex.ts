import { readdir, readFile } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Embedder } from '../models/embedder.ts'
import { type EmbedAllOptions, embedAll } from './embedAll.ts'
import { type Passage, splitPage } from './passages.ts'
import { dot, mean } from './vectors.ts'

/**
 * A passage and how near it is to a question, -1 to 1: the mean of two cosines, with the passage and with
 * what its headings say.
 */
export interface ScoredPassage extends Passage {
  readonly score: number
}

interface Entry {
  readonly passage: Passage
  readonly vector: Float32Array
}

/** The passages of all docs pages with their embeddings. */
export class DocsIndex {
  readonly pages: number
  readonly #entries: readonly Entry[]

  private constructor(pages: number, entries: readonly Entry[]) {
    this.pages = pages
    this.#entries = entries
  }

  /**
   * Reads the Markdown files of a folder and embeds their passages. A folder that is not there makes an
   * empty index.
   *
   * @param options `leaveOut`: pages that are not read, by their names in the folder
   */
  static async read(
    folder: URL,
    embedder: Embedder,
    { leaveOut = [], ...options }: EmbedAllOptions & { readonly leaveOut?: readonly string[] } = {},
  ): Promise<DocsIndex> {
    const pages = (await markdownFiles(folder)).filter(({ page }) => !leaveOut.includes(page))
    const split = pages.map(async ({ page, path }) => splitPage(page, await readFile(path, 'utf8')))
    const passages = (await Promise.all(split)).flat()
    const vectors = await embedAll([...passages.map(topicOf), ...passages.map(textOf)], embedder, options)
    const entries = passages.map((passage) => ({
      passage,
      // Each text is a key of the map.
      vector: mean(vectors.get(topicOf(passage)) as Float32Array, vectors.get(textOf(passage)) as Float32Array),
    }))
    return new DocsIndex(pages.length, entries)
  }

  get passages(): number {
    return this.#entries.length
  }

  /** The passages nearest to a vector, nearest first. */
  nearest(vector: Float32Array, limit: number): ScoredPassage[] {
    return this.#entries
      .map((entry) => ({ ...entry.passage, score: dot(vector, entry.vector) }))
      .sort((a, b) => b.score - a.score)
      .slice(0, limit)
  }
}

/** What a passage is about: short questions are nearer to a heading than to the text below it. */
function topicOf({ title, heading }: Passage): string {
  return title === heading ? title : `${title}: ${heading}`
}

function textOf(passage: Passage): string {
  return `${topicOf(passage)}. ${passage.text}`
}

async function markdownFiles(folder: URL): Promise<{ page: string; path: string }[]> {
  const root = fileURLToPath(folder)
  const entries = await readdir(root, { recursive: true, withFileTypes: true }).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return []
      throw error
    },
  )
  return entries
    .filter((entry) => entry.isFile() && entry.name.endsWith('.md'))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .filter((page) => !page.split('/').includes('node_modules'))
    .sort()
    .map((page) => ({ page, path: join(root, page) }))
}
