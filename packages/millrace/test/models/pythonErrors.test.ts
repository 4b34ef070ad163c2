import { spawnSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { begin, project, run } from '../fixtures/cli/command.ts'

const hasPython = spawnSync('python3', ['--version']).status === 0

const files = {
  'app.ts': `import { App } from 'millrace'
import { model, python } from 'millrace/models'
import { z } from 'zod'
export const app = new App()
const halves = model({
  name: 'halves',
  input: z.number(),
  output: z.number(),
  runtime: python(new URL('./model.py', import.meta.url)),
})
app.get('/half/:of', { params: z.object({ of: z.coerce.number() }), deps: { halves } }, ({ params, halves }) =>
  halves.run(params.of),
)
`,
  'model.py': `class Model:
    def run(self, batch):
        return [self.half(item) for item in batch]

    def half(self, item):
        return item / (0 if item == 13 else 2)
`,
  'broken.py': `import json


class Model:
    def load(self):
        self.weights = json.loads("{")

    def run(self, batch):
        return batch
`,
  'unclosed.py': `class Model:
    def run(self, batch:
        return batch
`,
}
const withModel = (name: string) => ({ ...files, 'app.ts': files['app.ts'].replace('model.py', name) })

describe.skipIf(!hasPython)('errors of Python (skipped where there is no python3)', { timeout: 120_000 }, () => {
  it.each([['1'], ['2']])(
    'tells at start-up which model, and the line of its file, by %s processes',
    async (workers) => {
      const folder = await project(withModel('broken.py'))
      const { code, stderr } = await run(folder, ['start', '--port', '0', '--workers', workers])
      expect(code).toBe(1)
      const [report = ''] = stderr.split(/\nWorker /)
      expect(report.replace(/\n {4}~*\^+~*/g, '').replaceAll(`${folder}/`, '')).toMatch(
        /^broken\.py:6:9\n+ {2}4 \| class Model:\n[\s\S]*> 6 \| {9}self\.weights = json\.loads\("\{"\)\n[\s\S]*ModelError: The model 'halves' could not be loaded: JSONDecodeError: Expecting property name[^\n]*\nCaused by JSONDecodeError: [^\n]*\nTraceback \(most recent call last\):\n {2}File "broken\.py", line 6, in load\n/,
      )
      expect(report).not.toMatch(/runner\.py|importlib/)
    },
  )

  it('tells where the syntax is wrong', async () => {
    const { stderr } = await run(await project(withModel('unclosed.py')), ['start', '--port', '0'])
    expect(stderr).toMatch(/^unclosed\.py:\d:/)
    expect(stderr).toContain("ModelError: The model 'halves' could not be loaded: SyntaxError: ")
  })

  it('shows under `millrace dev` the traceback of a run, to the developer and to the client', async () => {
    const command = begin(await project(files), ['dev', '--port', '0'])
    const [, url = ''] = await command.sees(/App {3}(http:\/\/127\.0\.0\.1:\d+)\n/)
    const answer = (await (await fetch(`${url}/half/13`)).json()) as { detail: string; stack: string[] }
    expect(answer.detail).toBe('ZeroDivisionError: division by zero')
    expect(answer.stack.filter((line) => !/^~*\^+~*$/.test(line))).toEqual([
      'Caused by ZeroDivisionError: division by zero',
      expect.stringMatching(/^File ".*\/model\.py", line 3, in run$/),
      'return [self.half(item) for item in batch]',
      ...(answer.stack.some((line) => line.includes('<listcomp>'))
        ? [expect.stringContaining('<listcomp>'), 'return [self.half(item) for item in batch]']
        : []),
      expect.stringMatching(/^File ".*\/model\.py", line 6, in half$/),
      'return item / (0 if item == 13 else 2)',
      'ZeroDivisionError: division by zero',
    ])
    await command.sees(/error An error was not handled .*path=\/half\/13/)
    await command.sees(/\nmodel\.py:6:9\n[\s\S]*> 6 \| {9}return item \/ \(0 if item == 13 else 2\)\n/)
    await command.sees(
      /\nModelError: ZeroDivisionError: division by zero\nCaused by [^\n]*\nTraceback .*\n {2}File ".*model\.py", line 3, in run\n/,
    )
  })
})
