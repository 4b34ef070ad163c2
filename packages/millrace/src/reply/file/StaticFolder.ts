import { stat } from 'node:fs/promises'
import { basename } from 'node:path'
import { codedError } from '../../errors/codedError.ts'
import { preferredEncoding } from '../../input/acceptEncoding.ts'
import type { RequestContext } from '../../input/context.ts'
import { Answer } from '../../serve/answer.ts'
import { sourceAnswer } from './fileAnswer.ts'
import { mediaTypeOfName } from './mediaType.ts'
import { openInRoot, pathInRoot, type RootRules } from './pathInRoot.ts'
import { isMissing, type OpenFile } from './source.ts'

/** A coding in which a file can lie beside itself. */
export type Precompressed = 'br' | 'zstd' | 'gzip'

const extensions: Readonly<Record<Precompressed, string>> = { br: '.br', zstd: '.zst', gzip: '.gz' }

/** How a folder's files are sent. */
export interface FolderRules extends RootRules {
  /** What a folder in it is answered with. */
  readonly index: string | undefined
  /** In order of preference. */
  readonly precompressed: readonly Precompressed[]
  readonly maxAgeSeconds: number | undefined
  /** Whether a file with this path never changes. */
  readonly isImmutable: (path: string) => boolean
  readonly headers: Readonly<Record<string, string>>
}

/** A file that was found, in the coding that the client likes best. */
interface Found {
  readonly file: OpenFile
  readonly mediaType: string
  readonly coding: Precompressed | undefined
}

/** Files of a folder, by the paths of requests. */
export class StaticFolder {
  readonly #root: string
  readonly #rules: FolderRules

  constructor(root: string, rules: FolderRules) {
    this.#root = root
    this.#rules = rules
  }

  /**
   * Answers with the file that a path names, with its index for a folder, or with nothing where there is none.
   *
   * @param path undecoded, relative
   * @throws {HttpError} `malformed_target`, and what {@link sourceAnswer} throws
   */
  async answer(context: RequestContext, path: string): Promise<Answer | undefined> {
    const decoded = decode(path)
    if (decoded === undefined) return undefined
    const { index } = this.#rules
    if (decoded === '' || decoded.endsWith('/')) {
      if (index === undefined) return undefined
      // The folder itself is mounted at a path without a slash, and there is asked for without one.
      return context.path.endsWith('/') ? this.page(context, decoded + index, 200) : toFolder(context)
    }
    const found = await this.#find(context, decoded)
    if (found) return this.#send(context, found, 200, this.#cacheControl(decoded))
    return index !== undefined && (await this.#hasFolder(decoded)) ? toFolder(context) : undefined
  }

  /** Answers with a page that must not be kept, because it names files that change their names. */
  async page(context: RequestContext, path: string, status: number): Promise<Answer | undefined> {
    const found = await this.#find(context, path)
    return found && this.#send(context, found, status, 'no-cache')
  }

  async #find(context: RequestContext, path: string): Promise<Found | undefined> {
    // Before anything is open.
    const mediaType = (await mediaTypeOfName(basename(path))) ?? 'application/octet-stream'
    let codings = this.#rules.precompressed
    for (;;) {
      const coding = codings.length === 0 ? undefined : preferredEncoding(context.header('accept-encoding'), codings)
      const file = await openInRoot(this.#root, coding === undefined ? path : path + extensions[coding], this.#rules)
      if (file) return { file, mediaType, coding }
      if (coding === undefined) return undefined
      codings = codings.filter((other) => other !== coding)
    }
  }

  async #send(
    context: RequestContext,
    { file, mediaType, coding }: Found,
    status: number,
    cacheControl: string,
  ): Promise<Answer> {
    const { precompressed, headers } = this.#rules
    const answer = await sourceAnswer(
      file,
      {
        mediaType,
        headers: {
          'cache-control': cacheControl,
          ...headers,
          ...(coding === undefined ? {} : { 'content-encoding': coding }),
        },
      },
      // What is said of malformed ranges by other frameworks is said of their replies, not of their static files.
      { status, malformedRange: 'ignore' },
      context,
    )
    if (precompressed.length > 0) answer.headers.vary('Accept-Encoding')
    return answer
  }

  #cacheControl(path: string): string {
    const { isImmutable, maxAgeSeconds } = this.#rules
    if (isImmutable(path)) return 'max-age=31536000, immutable'
    // Without a word of it, browsers guess how long they may keep it.
    return maxAgeSeconds === undefined ? 'no-cache' : `max-age=${maxAgeSeconds}`
  }

  async #hasFolder(path: string): Promise<boolean> {
    const real = await pathInRoot(this.#root, path, this.#rules)
    return real !== undefined && (await isFolder(real))
  }
}

/** To the same path with a slash at its end, so that relative links in the index lead into the folder. */
function toFolder(context: RequestContext): Answer {
  // By its last segment alone: a whole path might begin with two slashes, which lead to another host.
  const last = context.path.slice(context.path.lastIndexOf('/') + 1)
  return new Answer(307, ['location', `./${last}/${context['~search']}`], null)
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory()
  } catch (error) {
    if (isMissing(error)) return false
    throw error
  }
}

/** Segment by segment; `undefined` where one of them would become two. */
function decode(path: string): string | undefined {
  const names = path.split('/').map((name) => {
    try {
      return decodeURIComponent(name)
    } catch {
      throw codedError('malformed_target', 'The path is not properly percent-encoded')
    }
  })
  return names.some((name) => name.includes('/')) ? undefined : names.join('/')
}
