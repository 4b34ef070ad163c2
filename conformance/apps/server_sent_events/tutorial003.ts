import { App, event, sse } from 'millrace'

export const app = new App({ compat: 'fastapi' })

const logs = [
  '2025-01-01 INFO  Application started',
  '2025-01-01 DEBUG Connected to database',
  '2025-01-01 WARN  High memory usage detected',
]

export const streamLogs = app.get('/logs/stream', { response: sse() }, async function* streamLogs() {
  for (const line of logs) yield event({ raw: line })
})
