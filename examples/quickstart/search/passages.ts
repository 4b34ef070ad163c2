import { lexer, type Token, type Tokens } from 'marked'

/** A part of a docs page that can answer a question: a paragraph or a few short ones, under one heading. */
export interface Passage {
  /** The file, relative to the docs folder: `dependencies.md`. */
  readonly page: string
  /** The first heading of the page. */
  readonly title: string
  /** The heading it stands under; the title where there is no other. */
  readonly heading: string
  /** Plain text, without Markdown. */
  readonly text: string
}

/**
 * Short paragraphs are put together up to this many characters, and longer ones are split between sentences.
 * The model's time grows faster than the length: at 500 the start-up took a sixth longer.
 */
const maxPassageLength = 300

/** Splits a Markdown page into passages. Code blocks and images are left out: the model reads prose. */
export function splitPage(page: string, markdown: string): Passage[] {
  const passages: Passage[] = []
  let title: string | undefined
  let heading = page.replace(/\.md$/, '')
  let text = ''
  const flush = () => {
    if (text) passages.push({ page, title: title ?? heading, heading, text })
    text = ''
  }
  for (const token of lexer(markdown)) {
    if (token.type === 'heading') {
      flush()
      heading = plainText(token)
      title ??= heading
      continue
    }
    for (const part of partsOf(token).flatMap(splitLong)) {
      if (text.length + part.length > maxPassageLength) flush()
      text = text ? `${text} ${part}` : part
    }
  }
  flush()
  return passages
}

function splitLong(part: string): string[] {
  return part.length > maxPassageLength ? sentencesOf(part) : [part]
}

/** Sentences of a passage, for a closer look; fragments of a word or two do not count. */
export function splitSentences(text: string): string[] {
  const long = sentencesOf(text).filter((sentence) => sentence.length >= 12)
  return long.length > 0 ? long : [text]
}

function sentencesOf(text: string): string[] {
  return [...segmenter.segment(text)].map(({ segment }) => segment.trim())
}

const segmenter = new Intl.Segmenter('en', { granularity: 'sentence' })

/** The pieces of a block that may stand in passages of their own: list items, table rows, else the whole. */
function partsOf(token: Token): string[] {
  switch (token.type) {
    case 'paragraph':
    case 'text':
    case 'blockquote':
      return [plainText(token)].filter(Boolean)
    case 'list':
      return (token as Tokens.List).items.map((item) => plainText(item)).filter(Boolean)
    case 'table':
      return tableRows(token as Tokens.Table)
    default:
      return []
  }
}

function tableRows({ rows }: Tokens.Table): string[] {
  return rows.map((cells) => `${cells.map((cell) => inlineText(cell.tokens)).join(': ')}.`)
}

function plainText(token: Token): string {
  return ('tokens' in token && token.tokens ? inlineText(token.tokens) : 'text' in token ? String(token.text) : '')
    .replace(/\s+/g, ' ')
    .trim()
}

function inlineText(tokens: readonly Token[]): string {
  return tokens
    .map((token) => {
      if (token.type === 'br' || token.type === 'space') return ' '
      if (token.type === 'image' || token.type === 'html' || token.type === 'code') return ''
      if ('tokens' in token && token.tokens) return inlineText(token.tokens)
      return 'text' in token ? decodeEntities(String(token.text)) : ''
    })
    .join('')
}

/** The lexer leaves the few entities that a writer of Markdown needs as they are. */
function decodeEntities(text: string): string {
  return text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&quot;', '"').replaceAll('&amp;', '&')
}
