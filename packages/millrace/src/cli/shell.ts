import { once } from 'node:events'
import repl from 'node:repl'
import type { App } from '../app/app.ts'
import { findEntry, shown } from './entry.ts'
import { loadApp } from './loadApp.ts'
import { paint } from './paint.ts'
import { canImport, runAgain } from './runtime.ts'

interface ShellCommand {
  readonly entry: string | undefined
  readonly app?: string
}

/** Starts the app, and reads lines of JavaScript that can use it. */
export async function shell({ entry, app: name }: ShellCommand): Promise<number> {
  const file = findEntry(entry)
  if (!canImport(file)) return runAgain()
  const app = await loadApp(file, name)
  await app.start()
  try {
    const { createTestClient } = await import('../testing/createTestClient.ts')
    const isTerminal = Boolean(process.stdin.isTTY)
    if (isTerminal) process.stdout.write(banner(file))
    const server = repl.start({ prompt: isTerminal ? '> ' : '', terminal: isTerminal, useGlobal: false })
    const client = createTestClient(app)
    const given = { app, client, request: app.request.bind(app), deps: openDependencies(app) }
    for (const [key, value] of Object.entries(given))
      Object.defineProperty(server.context, key, { value, enumerable: true, configurable: true, writable: true })
    const lines = inOrder(server)
    await once(server, 'exit')
    await lines.done()
    return 0
  } finally {
    await app.stop()
  }
}

/** Lines that are piped in come at once; each waits for what the one before it awaits. */
function inOrder(server: repl.REPLServer): { done(): Promise<void> } {
  const evaluate = server.eval
  let last: Promise<void> = Promise.resolve()
  const evaluateInOrder: typeof evaluate = (code, context, file, callback) => {
    last = last.then(() => {
      const evaluated = Promise.withResolvers<void>()
      evaluate.call(server, code, context, file, (error, value) => {
        callback(error, value)
        evaluated.resolve()
      })
      return evaluated.promise
    })
  }
  Object.defineProperty(server, 'eval', { value: evaluateInOrder })
  return { done: () => last }
}

/** Values of app-scoped dependencies, by the names under which operations know them. */
function openDependencies(app: App): Record<string, unknown> {
  const values = app['~appValues']
  const named = app.plans.flatMap((plan) =>
    plan.dependencies
      .flatMap(({ names }) => Object.entries(names))
      .concat(Object.entries(plan.names))
      .map(([name, index]) => [name, plan.dependencies[index]?.dependency] as const),
  )
  return Object.fromEntries(
    named.flatMap(([name, dependency]) =>
      dependency && values.has(dependency) ? [[name, values.get(dependency)]] : [],
    ),
  )
}

function banner(file: string): string {
  const dim = (text: string) => paint('dim', text, process.stdout)
  return `${shown(file)} is started. ${dim("There are app, client (await client.get('/')), request('/path') and deps; .exit leaves.")}\n`
}
