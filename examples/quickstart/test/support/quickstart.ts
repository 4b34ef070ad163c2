import { type App, dependency } from 'millrace'
import { app } from '../../app.ts'
import { embedder } from '../../models/embedder.ts'
import { type Progress, progress } from '../../progress.ts'
import { docs, readDocs } from '../../search/docs.ts'

/** Pages whose passages the tests know. */
export const pagesFolder = new URL('../pages/', import.meta.url)

/**
 * The quickstart with the real models over a folder of pages, or over Millrace's own, and what it told while
 * it started.
 */
export function quickstart(folder: URL | 'own docs' = pagesFolder): { readonly app: App; readonly told: string[] } {
  const told: string[] = []
  const remember: Progress = {
    begin: (label) => ({
      update: (detail) => void told.push(`${started.state}: ${label} ${detail}`),
      end: (detail = '') => void told.push(`${started.state}: ${label} ${detail} end`),
    }),
  }
  const pages =
    folder === 'own docs'
      ? docs
      : dependency({ scope: 'app', deps: { embedder, progress } }, (needed) =>
          readDocs(folder, needed.embedder, needed.progress),
        )
  const started: App = app.with({
    overrides: [
      [progress, () => remember],
      [docs, pages],
    ],
  })
  return { app: started, told }
}

// biome-ignore lint/suspicious/noExplicitAny: JSON whose members the tests assert one by one
type Json = any

/** Sends JSON and reads JSON. */
export async function post(app: App, path: string, body: unknown): Promise<{ status: number; body: Json }> {
  const response = await app.request(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  return { status: response.status, body: await response.json() }
}

/** The events of a whole stream: `[event, data]`. */
export async function events(response: Response): Promise<[string, Json][]> {
  return (await response.text())
    .split('\n\n')
    .filter((block) => block.includes('data: '))
    .map((block) => [
      /^event: (.*)$/m.exec(block)?.[1] ?? 'message',
      JSON.parse(/^data: (.*)$/m.exec(block)?.[1] ?? ''),
    ])
}
