import { App, dependency } from 'millrace'
import { recorder } from './serve.ts'

/** An app that tells of each thing that happens in it. */
export function makeTellingApp(options: { heartbeatMs?: number } = {}) {
  const told = new Map<string, PromiseWithResolvers<unknown>>()
  const of = (event: string) => {
    const one = told.get(event) ?? Promise.withResolvers<unknown>()
    told.set(event, one)
    return one
  }
  const tell = (event: string, value?: unknown) => of(event).resolve(value)
  const hear = (event: string) => of(event).promise
  const open = new Set<object>()
  const resource = dependency(async function* () {
    const one = {}
    open.add(one)
    try {
      yield one
    } finally {
      open.delete(one)
      tell('resource closed')
    }
  })
  const app = new App({ logger: recorder().logger, docs: false, ...options })
  app.get('/ok', () => 'ok')
  return { app, resource, open, tell, hear }
}

/** Resolves to the reason. */
export const aborted = (signal: AbortSignal) =>
  new Promise<Error>((resolve) => signal.addEventListener('abort', () => resolve(signal.reason as Error)))
