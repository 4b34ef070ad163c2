import { readFile } from 'node:fs'
import { nodeCrypto } from '../nodeModules.ts'
import { packageFile } from '../packageFiles.ts'

/** A file or a page as it is served. */
export interface Asset {
  readonly body: Uint8Array
  readonly mediaType: string
  /** Of the body (RFC 9110, section 8.8.3). */
  readonly etag: string
}

// `assets/` stands beside `src/` and `dist/`; scripts/build.ts fills it.
const folder = packageFile('assets/')

const mediaTypes: Readonly<Record<string, string>> = {
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  png: 'image/png',
  txt: 'text/plain; charset=utf-8',
}

const files = new Map<string, Promise<Asset>>()

/** A file of the package, read once. @param path in `assets/`; never what a client has sent */
export function fileAsset(path: string): Promise<Asset> {
  let file = files.get(path)
  if (!file) {
    const mediaType = mediaTypes[path.split('.').at(-1) ?? ''] ?? 'application/octet-stream'
    file = new Promise<Uint8Array>((resolve, reject) =>
      readFile(new URL(path, folder), (error, body) => (error ? reject(error) : resolve(body))),
    ).then((body) => makeAsset(body, mediaType))
    // A file that could not be read is tried again.
    file.catch(() => files.delete(path))
    files.set(path, file)
  }
  return file
}

export function makeAsset(content: string | Uint8Array, mediaType: string): Asset {
  // As bytes, which are bytes for every profile; a text without a kind is JSON for some.
  const body = typeof content === 'string' ? Buffer.from(content) : content
  return {
    body,
    mediaType,
    etag: `"${nodeCrypto().createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`,
  }
}

/** What of a handler's context is needed to answer with an asset. */
export interface AssetContext {
  header(name: string): string | undefined
  readonly response: { status: number | undefined; readonly headers: { set(name: string, value: string): void } }
}

/** What a handler returns to answer with an asset: its bytes, or nothing and 304 where the client has it already. */
export function sendAsset(
  { body, mediaType, etag }: Asset,
  context: AssetContext,
  headers: Readonly<Record<string, string>> = {},
): Uint8Array | undefined {
  const { response } = context
  const all = {
    etag,
    // To be asked for each time: the files change when the package does, and their names do not.
    'cache-control': 'no-cache',
    'x-content-type-options': 'nosniff',
    ...headers,
  }
  for (const [name, value] of Object.entries(all)) response.headers.set(name, value)
  if (hasIt(context.header('if-none-match'), etag)) {
    response.status = 304
    return undefined
  }
  response.headers.set('content-type', mediaType)
  return typeof body === 'string' ? Buffer.from(body) : body
}

/** By weak comparison (RFC 9110, section 13.1.2): a proxy that compresses weakens the tag. */
function hasIt(known: string | undefined, etag: string): boolean {
  if (known === undefined) return false
  return known.trim() === '*' || known.split(',').some((tag) => tag.trim().replace(/^W\//, '') === etag)
}
