import { existsSync, readFileSync } from 'node:fs'

/** Text, or bytes that are no UTF-8. */
export type RecordedBody = string | { readonly b64: string } | null

/** One request of FastAPI's own tests, and what FastAPI answered. */
export interface RecordedCase {
  readonly method: string
  /** With its query. */
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: RecordedBody
  /** Of the last answer, after redirects. */
  readonly status: number
  readonly response_headers: Readonly<Record<string, string>>
  readonly response_body: RecordedBody
  /** Answers that the test client followed: status, and where to. */
  readonly redirects: readonly (readonly [status: number, location: string])[]
}

/** One app of FastAPI's tutorial. */
export interface RecordedApp {
  /** As `body.tutorial001`: the module below `docs_src`, without the marks of its Python dialect. */
  readonly name: string
  readonly cases: readonly RecordedCase[]
}

/** Where the recording stands, beside the repository. */
export const recordingFile: URL = new URL('../../../shared/conformance/fastapi-tutorial.jsonl', import.meta.url)

/** The recording, or `undefined` on a machine that does not have it. */
export function readRecording(): readonly RecordedApp[] | undefined {
  if (!existsSync(recordingFile)) return undefined
  const lines = readFileSync(recordingFile, 'utf8').split('\n')
  return lines.filter(Boolean).map((line) => {
    const { app, cases }: { app: string; cases: readonly RecordedCase[] } = JSON.parse(line)
    return { name: nameOf(app), cases }
  })
}

function nameOf(module: string): string {
  return module.replace(/\.main$/, '').replace(/(_an)?(_py\d+)?$/, '')
}

/** The bytes of a body, or `undefined` for none. */
export function bytesOf(body: RecordedBody): Buffer<ArrayBuffer> | undefined {
  if (body === null) return undefined
  return typeof body === 'string' ? Buffer.from(body) : Buffer.from(body.b64, 'base64')
}

/** A page of Swagger UI or ReDoc: FastAPI's for people to look at, of which no client reads the HTML. */
export function isDocsPage({ response_headers, response_body }: RecordedCase): boolean {
  const isHtml = response_headers['content-type']?.startsWith('text/html') ?? false
  return isHtml && typeof response_body === 'string' && /<title>.*(Swagger UI|ReDoc).*<\/title>/.test(response_body)
}
