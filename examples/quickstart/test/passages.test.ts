import { expect, test } from 'vitest'
import { splitPage, splitSentences } from '../search/passages.ts'

test('a page is split by headings, and short paragraphs under one stay together', () => {
  const markdown = '# Mill\n\nIntro.\n\n## Wheel\n\nIt turns.\n\nIt `turns` with **water** & a [river](/river).\n'
  expect(splitPage('mill.md', markdown)).toEqual([
    { page: 'mill.md', title: 'Mill', heading: 'Mill', text: 'Intro.' },
    { page: 'mill.md', title: 'Mill', heading: 'Wheel', text: 'It turns. It turns with water & a river.' },
  ])
})

test('code and images are left out; list items and table rows become sentences', () => {
  const markdown = [
    '# Mill',
    '```ts\nconst code = 1\n```',
    '![a wheel](wheel.png)',
    '- First item.\n- Second *item*.',
    '| Part | Of |\n| --- | --- |\n| Shaft | Oak |',
  ].join('\n\n')
  expect(splitPage('mill.md', markdown)).toEqual([
    { page: 'mill.md', title: 'Mill', heading: 'Mill', text: 'First item. Second item. Shaft: Oak.' },
  ])
})

test('long paragraphs make passages of their own, split between sentences', () => {
  const short = 'The wheel turns. '.repeat(10).trim()
  const long = 'The river flows. '.repeat(20).trim()
  expect(splitPage('mill.md', `# Mill\n\n${short}\n\n${long}\n`).map(({ text }) => text)).toEqual([
    `${short} ${'The river flows. '.repeat(7).trim()}`,
    'The river flows. '.repeat(13).trim(),
  ])
})

test('text before any heading stands under the name of the page', () => {
  expect(splitPage('guide/mill.md', 'Just text.')).toEqual([
    { page: 'guide/mill.md', title: 'guide/mill', heading: 'guide/mill', text: 'Just text.' },
  ])
})

test('a page without prose has no passages', () => {
  expect(splitPage('mill.md', '# Mill\n\n```ts\n1\n```\n')).toEqual([])
})

test('sentences are split where they end, and fragments do not count', () => {
  expect(splitSentences('It turns all day. Why? Because the river, e.g. the Thames, flows.')).toEqual([
    'It turns all day.',
    'Because the river, e.g. the Thames, flows.',
  ])
  expect(splitSentences('Short.')).toEqual(['Short.'])
})
