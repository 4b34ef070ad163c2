import type { Block } from './markdown.ts'

/** One command of a page and what it prints. */
export interface Step {
  readonly command: Block
  readonly expected: Block | undefined
}

/** Files that belong together, and the commands that are run with them. */
export interface Example {
  readonly line: number
  /** Contents by file name. */
  readonly files: Readonly<Record<string, string>>
  readonly steps: readonly Step[]
}

/** A block that is a part of a file of the repository. */
export interface Excerpt {
  readonly line: number
  /** From the repository's root. */
  readonly from: string
  readonly text: string
}

/** What a page has to run, what stands elsewhere, what it excuses from running, and what is wrong with it. */
export interface Examples {
  readonly examples: readonly Example[]
  readonly excerpts: readonly Excerpt[]
  /** `line: reason`, one for each block marked `no-run`. */
  readonly excused: readonly string[]
  readonly faults: readonly string[]
}

const code = new Set(['ts', 'py', 'js', 'tsx', 'sh', 'bash', 'shell', 'console'])
const outputs = new Set(['json', 'text', 'http'])

/**
 * Groups the blocks of a page. A block of any language that has a title is a file. A file joins the example of
 * its section; a title that the example has already, or a new section, begins another one. Commands belong to the example before them, and a block of output to
 * the command before it.
 */
export function groupBlocks(blocks: readonly Block[]): Examples {
  const examples: { line: number; files: Record<string, string>; steps: Step[]; section: number }[] = []
  const excerpts: Excerpt[] = []
  const excused: string[] = []
  const faults: string[] = []
  blocks.forEach((block, index) => {
    const { lang, meta, line } = block
    if (!code.has(lang)) {
      if (meta['title']) addFile(meta['title'], block)
      else if (outputs.has(lang) && !isCommand(blocks[index - 1]))
        faults.push(`${line}: output (${lang}) that belongs to no command`)
      return
    }
    if (meta['from']) {
      excerpts.push({ line, from: meta['from'], text: block.text })
      return
    }
    if (meta['no-run'] !== undefined) {
      if (meta['no-run'] === '') faults.push(`${line}: no-run needs a reason: no-run="why"`)
      else excused.push(`${line}: ${meta['no-run']}`)
      return
    }
    if (lang === 'sh') {
      const next = blocks[index + 1]
      const expected = next && outputs.has(next.lang) && next.meta['title'] === undefined ? next : undefined
      const example = examples.at(-1)
      if (!example) faults.push(`${line}: a command before any file`)
      else if (!expected) faults.push(`${line}: a command without its output`)
      else example.steps.push({ command: block, expected })
    } else if (lang !== 'ts' && lang !== 'py') faults.push(`${line}: code is 'ts', 'py' or 'sh', not '${lang}'`)
    else if (!meta['title']) faults.push(`${line}: a block of code needs title=…, from=… or no-run="why"`)
    else addFile(meta['title'], block)
  })
  return { examples, excerpts, excused, faults }

  function addFile(title: string, { line, section, text }: Block): void {
    const last = examples.at(-1)
    if (last && last.section === section && !(title in last.files)) last.files[title] = text
    else examples.push({ line, files: { [title]: text }, steps: [], section })
  }
}

function isCommand(block: Block | undefined): boolean {
  return block?.lang === 'sh'
}
