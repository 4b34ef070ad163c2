import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { groupBlocks } from './support/examples.ts'
import { readMarkdown } from './support/markdown.ts'
import { extract, root } from './support/pages.ts'
import { runExample } from './support/run.ts'
import { typeErrors } from './support/types.ts'

const fence = '```'
const block = (head: string, text: string) => `${fence}${head}\n${text}\n${fence}\n`
const folder = (name: string) => join(root, 'docs/.extracted/samples', name)
const app = (result: string) =>
  block(
    'ts title=app.ts',
    `import { App } from 'millrace'\nexport const app = new App()\napp.get('/', () => (${result}))`,
  )
const get = block('sh', 'curl http://localhost:8000/')

/** Runs the only example of a page. */
function runPage(name: string, markdown: string): Promise<void> {
  const { examples, faults } = groupBlocks(readMarkdown(markdown).blocks)
  expect(faults).toEqual([])
  expect(examples).toHaveLength(1)
  return runExample(examples[0] as (typeof examples)[0], folder(name))
}

describe('a page that is right', () => {
  it.each([
    ['json', `{ "a": 1 }`, block('json', '{ "a": 1 }')],
    ['text', `'plain'`, block('text', 'plain')],
    ['placeholder', `{ id: 'x7', list: [1, 2, 3] }`, block('json', '{ "id": "x…", "list": [1, "…"] }')],
    ['lines', `'first\\n2\\n3\\nlast'`, block('text', 'first\n…\nlast')],
    ['http', `'plain'`, block('http', 'HTTP/1.1 200 OK\ncontent-type: text/plain; charset=utf-8\n\nplain')],
  ])('passes: %s', async (name, result, output) => {
    await runPage(`right-${name}`, app(result) + get + output)
  })
})

describe('a page that is wrong', () => {
  it.each([
    ['value', `{ a: 2 }`, block('json', '{ "a": 1 }')],
    ['missing member', `{ a: 1 }`, block('json', '{ "a": 1, "b": 2 }')],
    ['additional member', `{ a: 1, b: 2 }`, block('json', '{ "a": 1 }')],
    ['lines', `'first\\n2\\nother'`, block('text', 'first\n…\nlast')],
    ['text', `'plain text'`, block('text', 'plain')],
    ['placeholder', `{ id: 'y7' }`, block('json', '{ "id": "x…" }')],
    ['closed array', `{ list: [1, 2, 3] }`, block('json', '{ "list": [1, 2] }')],
    ['status', `'plain'`, block('http', 'HTTP/1.1 201 Created\n\nplain')],
    ['header', `'plain'`, block('http', 'HTTP/1.1 200 OK\ncontent-type: text/html\n\nplain')],
    ['absent header', `'plain'`, block('http', 'HTTP/1.1 200 OK\nx-none: 1\n\nplain')],
    ['body', `'plain'`, block('http', 'HTTP/1.1 200 OK\n\nother')],
  ])('fails: %s', async (name, result, output) => {
    await expect(runPage(`wrong-${name.replaceAll(' ', '-')}`, app(result) + get + output)).rejects.toThrow(
      /^Line 6: expected/,
    )
  })

  it('fails when its code throws', async () => {
    const broken = block('ts title=app.ts', `throw new Error('broken')`)
    await expect(runPage('wrong-code', broken + get + block('text', 'x'))).rejects.toThrow('broken')
  })

  it('fails when a command fails, or prints something else', async () => {
    const script = block('ts title=script.ts', `console.log('one')\nprocess.exitCode = Number(process.argv[2] ?? 0)`)
    const page = (command: string, output: string) => script + block('sh', command) + block('text', output)
    await runPage('command-right', page('node script.ts', 'one'))
    await expect(runPage('command-code', page('node script.ts 3', 'one'))).rejects.toThrow('expected 3 to be +0')
    await runPage('command-exit', script + block('sh exit=3', 'node script.ts 3') + block('text', ''))
    await expect(runPage('command-output', page('node script.ts', 'two'))).rejects.toThrow("expected 'one' to be 'two'")
    await expect(runPage('command-unknown', page('rm script.ts', 'one'))).rejects.toThrow('No way to run')
  })

  it('fails when a command that is stopped has said something else, or does not end well', async () => {
    const script = (code: number) =>
      block(
        'ts title=script.ts',
        `process.on('SIGTERM', () => process.exit(${code}))\nsetInterval(() => {}, 1000)\nconsole.log('ready')`,
      )
    const page = (code: number, output: string) =>
      script(code) + block('sh until-stopped', 'node script.ts') + block('text', output)
    await runPage('stopped-right', page(0, 'ready'))
    await expect(runPage('stopped-code', page(1, 'ready'))).rejects.toThrow('expected 1 to be +0')
    await expect(runPage('stopped-output', page(0, 'other'))).rejects.toThrow("expected 'ready' to be 'other'")
  })

  it('fails when a test that it shows fails', async () => {
    const test = (value: number) =>
      block('ts title=one.test.ts', `import { expect, it } from 'vitest'\nit('is', () => expect(1).toBe(${value}))`)
    await runPage('test-right', test(1))
    await expect(runPage('test-wrong', test(2))).rejects.toThrow('expected 1 to be')
  }, 60_000)

  it('fails for a type error', async () => {
    const target = folder('types')
    await rm(target, { recursive: true, force: true })
    const sample = (text: string) => ({ line: 1, steps: [], files: { 'sample.ts': text } })
    await extract(sample('export const one: number = 1'), join(target, 'right'))
    expect(await typeErrors(target)).toBe('')
    await extract(sample(`export const one: number = 'one'`), join(target, 'wrong'))
    expect(await typeErrors(target)).toBe(
      "wrong/sample.ts(1,14): error TS2322: Type 'string' is not assignable to type 'number'.",
    )
  }, 60_000)
})

describe('blocks that nobody would run', () => {
  it.each([
    ['code without a title', block('ts', 'const a = 1'), '1: a block of code needs title=…, from=… or no-run="why"'],
    ['an excuse without a reason', block('ts no-run', 'const a = 1'), '1: no-run needs a reason: no-run="why"'],
    ['a command before any file', get + block('text', 'x'), '1: a command before any file'],
    ['a command without output', app('1') + get, '6: a command without its output'],
    ['output without a command', block('json', '{}'), '1: output (json) that belongs to no command'],
    ['code in another language', block('js title=app.js', 'a'), "1: code is 'ts', 'py' or 'sh', not 'js'"],
  ])('are faults: %s', (_name, markdown, fault) => {
    expect(groupBlocks(readMarkdown(markdown).blocks).faults).toEqual([fault])
  })

  it('are listed with their reason', () => {
    const { excused, faults } = groupBlocks(readMarkdown(block('sh no-run="it never ends"', 'yes')).blocks)
    expect([excused, faults]).toEqual([['1: it never ends'], []])
  })

  it('are parts of files, where those are run elsewhere', () => {
    const page = groupBlocks(readMarkdown(block('ts from=examples/blog/app.ts', 'a()')).blocks)
    expect([page.excerpts, page.examples, page.faults]).toEqual([
      [{ line: 1, from: 'examples/blog/app.ts', text: 'a()' }],
      [],
      [],
    ])
  })
})

describe('files', () => {
  const titles = (markdown: string) =>
    groupBlocks(readMarkdown(markdown).blocks).examples.map(({ files }) => Object.keys(files))
  const file = (name: string) => block(`ts title=${name}`, 'export {}')

  it('of one section belong together', () => {
    expect(titles(`# A\n${file('a.ts')}${file('b.ts')}`)).toEqual([['a.ts', 'b.ts']])
  })

  it('of another section, or with a title that is taken, begin a new example', () => {
    expect(titles(`# A\n${file('a.ts')}${file('a.ts')}\n# B\n${file('b.ts')}`)).toEqual([['a.ts'], ['a.ts'], ['b.ts']])
  })
})
