import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Example, type Examples, groupBlocks } from './examples.ts'
import { type Markdown, readMarkdown } from './markdown.ts'

export const root: string = fileURLToPath(new URL('../../../', import.meta.url))

/** A Markdown file of the repository. */
export interface Page extends Markdown, Examples {
  /** From the repository's root: `docs/inputs.md`. */
  readonly path: string
  readonly source: string
}

/** Every page that a reader of Millrace meets. */
export async function readPages(): Promise<readonly Page[]> {
  const docs = (await readdir(join(root, 'docs'))).filter((name) => name.endsWith('.md')).sort()
  const others = [
    'README.md',
    'AGENTS.md',
    'packages/millrace/README.md',
    'packages/millrace/src/README.md',
    'packages/millrace/.agents/skills/millrace/SKILL.md',
  ]
  return Promise.all([...others, ...docs.map((name) => `docs/${name}`)].map(readPage))
}

async function readPage(path: string): Promise<Page> {
  const source = await readFile(join(root, path), 'utf8')
  const markdown = readMarkdown(source)
  return { path, source, ...markdown, ...groupBlocks(markdown.blocks) }
}

/** Where an example's files are written, below a folder that is not under version control. */
export function folderOf(area: string, path: string, example: Example): string {
  return join(root, 'docs/.extracted', area, path.replace(/\.md$/, '').replaceAll('/', '-'), `line-${example.line}`)
}

/** Writes the files of an example. */
export async function extract(example: Example, folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true })
  for (const [name, text] of Object.entries(example.files)) {
    const file = join(folder, name)
    await mkdir(join(file, '..'), { recursive: true })
    await writeFile(file, `${text}\n`)
  }
}
