import type { AccessEntry } from '../app/accessLog.ts'
import type { App } from '../app/app.ts'
import { paint } from './paint.ts'

/** Logs each request of an app on the terminal or by its logger, where the app does not do so its own way. */
export function logRequests(app: App, where: 'terminal' | 'logger'): void {
  const { accessLog: own } = app['~options']
  if (where === 'logger') {
    if (!own) app['~logRequests']()
    return
  }
  if (own === false || typeof own === 'function') return
  app['~logRequests']((entry) => void process.stdout.write(`${requestLine(entry)}\n`))
  // The answer of a WebSocket is not sent before its end: that it was opened is told at once.
  app.on('request:answer', ({ context: { method, path }, answer: { status } }) => {
    if (status === 101)
      process.stdout.write(`${start(method, path, status)} ${paint('dim', 'opened', process.stdout)}\n`)
  })
}

function requestLine({ method, path, status, durationMs, outcome }: AccessEntry): string {
  const how = outcome === 'failed' ? ', broken off' : outcome === 'client_closed' ? ', the client left' : ''
  const isClosed = status === 101 ? 'closed after ' : ''
  return `${start(method, path, status)} ${paint('dim', `${isClosed}${lasted(durationMs)}${how}`, process.stdout)}`
}

/** Neither method nor path can hold a character that a terminal would obey: transports refuse them with 400. */
function start(method: string, path: string, status: number): string {
  return `${method} ${path} ${paint(styleOf(status), String(status), process.stdout)}`
}

/** By the class of the status (RFC 9110, section 15). */
function styleOf(status: number): 'red' | 'yellow' | 'cyan' | 'green' {
  if (status >= 500) return 'red'
  if (status >= 400) return 'yellow'
  return status >= 300 ? 'cyan' : 'green'
}

function lasted(ms: number): string {
  if (ms >= 10_000) return `${(ms / 1_000).toFixed(1)} s`
  return `${ms.toFixed(ms < 100 ? 1 : 0)} ms`
}
