import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'

const fixture = (name: string) => fileURLToPath(new URL(`fixtures/${name}`, import.meta.url))

it('an app with a WebSocket does not listen where `ws` is not installed, and says what to do', async () => {
  const args = ['--require', fixture('withoutWs.cjs'), '--conditions=millrace-source', fixture('socketApp.ts')]
  const { stdout } = await promisify(execFile)(process.execPath, args)
  const failure = {
    name: 'StartupError',
    code: 'missing_package',
    message: "WebSockets need the package 'ws': npm install ws",
  }
  // One of its own, and one of an app that is mounted in it.
  expect(JSON.parse(stdout)).toEqual({ status: 200, documented: 2, failures: [failure, failure] })
})
