import GithubSlugger from 'github-slugger'
import type { Nodes } from 'mdast'
import { fromMarkdown } from 'mdast-util-from-markdown'
import { toString as textOf } from 'mdast-util-to-string'

/** One fenced block of code. */
export interface Block {
  readonly lang: string
  /** What follows the language: `title=app.ts` is `{ title: 'app.ts' }`. */
  readonly meta: Readonly<Record<string, string>>
  readonly text: string
  readonly line: number
  /** How many headings stand before it: blocks with the same number share a section. */
  readonly section: number
}

/** A link, with the line on which it stands. */
export interface Link {
  readonly target: string
  readonly line: number
}

/** What the tests need of a Markdown file. */
export interface Markdown {
  readonly blocks: readonly Block[]
  readonly links: readonly Link[]
  /** The anchors of its headings, as GitHub makes them. */
  readonly anchors: ReadonlySet<string>
}

export function readMarkdown(source: string): Markdown {
  const blocks: Block[] = []
  const links: Link[] = []
  const anchors = new Set<string>()
  const slugger = new GithubSlugger()
  const visit = (node: Nodes) => {
    const line = node.position?.start.line ?? 0
    if (node.type === 'heading') anchors.add(slugger.slug(textOf(node)))
    if (node.type === 'link' || node.type === 'definition') links.push({ target: node.url, line })
    if (node.type === 'code')
      blocks.push({
        lang: node.lang ?? '',
        meta: readMeta(node.meta ?? ''),
        text: node.value,
        line,
        section: anchors.size,
      })
    if ('children' in node) for (const child of node.children) visit(child)
  }
  visit(fromMarkdown(source))
  return { blocks, links, anchors }
}

/** `name=value`, `name="a value"` and `name` alone. */
function readMeta(meta: string): Record<string, string> {
  const pairs = meta.matchAll(/([\w-]+)(?:=(?:"([^"]*)"|(\S+)))?/g)
  return Object.fromEntries([...pairs].map(([, name, quoted, bare]) => [name as string, quoted ?? bare ?? '']))
}
