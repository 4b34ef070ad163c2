import { spawnSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { begin, project, untilGone } from '../fixtures/cli/command.ts'

const hasPython = spawnSync('python3', ['--version']).status === 0

/** Loads that tell their process, and never end by themselves. */
const files = {
  'python.ts': appOf("python(new URL('./model.py', import.meta.url))"),
  'model.py': `import os
import subprocess
import time


class Model:
    def load(self):
        child = subprocess.Popen(["sleep", "600"])
        print("loading", os.getpid(), child.pid)
        time.sleep(600)

    def run(self, batch):
        return batch
`,
  'stubborn.ts': appOf("python(new URL('./stubborn.py', import.meta.url))"),
  'stubborn.py': `import os
import signal
import time


class Model:
    def load(self):
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        print("loading", os.getpid(), 0)
        time.sleep(600)

    def run(self, batch):
        return batch
`,
  'threads.ts': appOf("workers(new URL('./model.ts', import.meta.url))"),
  'model.ts': `import { defineModel } from 'millrace/models'
export default defineModel({
  load: async () => {
    process.stderr.write('loading 0 0\\n')
    await new Promise((resolve) => setTimeout(resolve, 600_000))
  },
  run: (_, batch: string[]) => batch,
})
`,
  'busy.ts': appOf("workers(new URL('./busy.model.ts', import.meta.url))"),
  'busy.model.ts': `import { writeSync } from 'node:fs'
import { defineModel } from 'millrace/models'
export default defineModel({
  load: () => {
    writeSync(2, 'loading 0 0\\n')
    for (;;);
  },
  run: (_, batch: string[]) => batch,
})
`,
  'inline.ts': appOf(
    "inline({ load: () => new Promise(() => console.log('loading 0 0')), run: (_, batch: string[]) => batch })",
  ),
}

function appOf(runtime: string): string {
  return `import { App } from 'millrace'
import { inline, model, python, workers } from 'millrace/models'
import { z } from 'zod'
export const app = new App()
const made = model({ name: 'made', input: z.string(), output: z.string(), runtime: ${runtime} })
app.get('/', { deps: { made } }, ({ made }) => made.run('x'))
`
}

describe('an app that is stopped while its model loads', { timeout: 60_000 }, () => {
  it.each([
    ['threads.ts', '1'],
    ['threads.ts', '2'],
    ['busy.ts', '1'],
    ['busy.ts', '2'],
    ['inline.ts', '1'],
    ['inline.ts', '2'],
    ...(hasPython
      ? [
          ['python.ts', '1'],
          ['python.ts', '2'],
          ['stubborn.ts', '1'],
        ]
      : []),
  ] as [string, string][])('ends at once, and leaves nothing behind: %s, by %s processes', async (entry, workers) => {
    // It is not waited for.
    const command = begin(await project(files), [
      'start',
      entry,
      '--port',
      '0',
      '--workers',
      workers,
      '--grace-ms',
      '30000',
    ])
    const [, ...pids] = await command.sees(/loading (\d+) (\d+)/)
    command.signal('SIGTERM')
    const { code, stdout, stderr } = await command.ended
    expect({ code, stdout: stdout.replace(/loading.*\n/g, ''), stderr: stderr.replace(/.*loading.*\n/g, '') }).toEqual({
      code: 0,
      stdout: '',
      stderr: '',
    })
    await untilGone(pids.map(Number).filter((pid) => pid !== 0))
  })
})
