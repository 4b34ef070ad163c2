import { readdir, readFile } from 'node:fs/promises'
import { relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { TextModels } from '../models/TextModels.ts'
import { type Passage, splitPage } from './passages.ts'
import { dot } from './vectors.ts'

/** A passage and how near it is to a question: the cosine of their embeddings, -1 to 1. */
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
   * Reads the Markdown files of a folder and embeds their passages, page by page. A folder that is not
   * there makes an empty index.
   *
   * @param onPage told after each page
   */
  static async read(
    folder: URL,
    models: TextModels,
    onPage: (done: number, all: number) => void = () => {},
  ): Promise<DocsIndex> {
    const pages = await markdownFiles(folder)
    const entries: Entry[] = []
    for (const [index, { page, url }] of pages.entries()) {
      const passages = splitPage(page, await readFile(url, 'utf8'))
      const vectors = await models.embed(passages.map(embeddedText))
      // As many vectors as passages.
      for (const [at, vector] of vectors.entries()) entries.push({ passage: passages[at] as Passage, vector })
      onPage(index + 1, pages.length)
    }
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

/** What is embedded of a passage: the heading says what the text is about. */
function embeddedText({ heading, text }: Passage): string {
  return `${heading}. ${text}`
}

async function markdownFiles(folder: URL): Promise<{ page: string; url: URL }[]> {
  const root = fileURLToPath(folder)
  const entries = await readdir(root, { recursive: true, withFileTypes: true }).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return []
      throw error
    },
  )
  return entries
    .filter((entry) => entry.isFile() && entry.name.endsWith('.md'))
    .map((entry) => relative(root, `${entry.parentPath}${sep}${entry.name}`).split(sep).join('/'))
    .filter((page) => !page.split('/').includes('node_modules'))
    .sort()
    .map((page) => ({ page, url: new URL(page, folder) }))
}
