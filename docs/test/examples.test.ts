import { spawnSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import type { Example } from './support/examples.ts'
import { folderOf, readPages } from './support/pages.ts'
import { runExample } from './support/run.ts'

const pages = await readPages()
const hasPython = spawnSync('python3', ['--version']).status === 0
const needsPython = ({ files }: Example) => Object.keys(files).some((name) => name.endsWith('.py'))

describe('the code of the pages', () => {
  for (const { path, examples } of pages)
    for (const example of examples)
      it.skipIf(needsPython(example) && !hasPython)(
        `${path}:${example.line} runs and answers as shown`,
        { timeout: 60_000 },
        () => runExample(example, folderOf('run', path, example)),
      )

  it('is there', () => {
    expect(pages.flatMap(({ examples }) => examples).length).toBeGreaterThan(30)
  })

  it('is marked: every block has a title, is a command with its output, or says why it is not run', () => {
    expect(pages.flatMap(({ path, faults }) => faults.map((fault) => `${path}:${fault}`))).toEqual([])
  })

  it('has no example that is only looked at', () => {
    const idle = pages.flatMap(({ path, examples }) =>
      examples
        .filter(
          ({ steps, files }) => steps.length === 0 && !Object.keys(files).some((name) => /\.test\.ts$/.test(name)),
        )
        .map(({ line }) => `${path}:${line}`),
    )
    expect(idle).toEqual([])
  })
})
