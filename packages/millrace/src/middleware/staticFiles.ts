import { statSync } from 'node:fs'
import { codedError } from '../errors/codedError.ts'
import { StartupError } from '../errors/StartupError.ts'
import type { RequestContext } from '../input/context.ts'
import { wholePath } from '../input/wholePath.ts'
import { type KnownKeys, refuseUnknownOptions } from '../plan/knownOptions.ts'
import { amount } from '../plan/limits.ts'
import { folderPath } from '../reply/file/folderPath.ts'
import type { FolderRules, Precompressed, StaticFolder } from '../reply/file/StaticFolder.ts'
import type { Mountable } from '../run/mountable.ts'
import { Answer } from '../serve/answer.ts'

/** Which files are served, and how. */
export interface StaticFilesOptions {
  /** Its files are served, and those of the folders in it; nothing is listed. */
  readonly directory: string | URL
  /** What a folder is answered with, such as `index.html`. Default: 404. */
  readonly index?: string
  /** For caches to use a file without asking, in seconds. Default: they ask each time, and get 304 (`no-cache`). */
  readonly maxAgeSeconds?: number
  /**
   * Files that never change, because their names do: `true` for all, or a pattern of their paths, such as
   * `/^assets\//`. Caches keep them for a year. Default: none.
   */
  readonly immutable?: boolean | RegExp
  /**
   * Whether `app.js.br`, `app.js.zst` and `app.js.gz` are sent in place of `app.js` to clients that accept them;
   * or which of them, in order of preference. Default: none.
   */
  readonly precompressed?: boolean | readonly Precompressed[]
  /** Whether names that begin with a dot are served, such as `.well-known`. Default false. */
  readonly allowDotfiles?: boolean
  /** Whether symbolic links may lead out of the directory. Default false. */
  readonly followSymlinks?: boolean
  /** Further headers of every file. */
  readonly headers?: Readonly<Record<string, string>>
}

export const staticFilesKeys: KnownKeys<StaticFilesOptions> = {
  directory: true,
  index: true,
  maxAgeSeconds: true,
  immutable: true,
  precompressed: true,
  allowDotfiles: true,
  followSymlinks: true,
  headers: true,
}

/**
 * Serves the files of a directory where it is mounted: with conditions and ranges, as {@link sendFile} does. GET and
 * HEAD only; what is not there is answered with 404, code `not_found`, and other methods with 405.
 *
 * @throws {StartupError} `invalid_option` when the directory is not there
 *
 * @example
 * app.mount('/static', staticFiles({ directory: new URL('./public', import.meta.url), maxAgeSeconds: 3600 }))
 */
export function staticFiles(options: StaticFilesOptions): Mountable {
  refuseUnknownOptions(options, staticFilesKeys, 'staticFiles()')
  const folder = openFolder(options, 'staticFiles()')
  return { '~answer': (context, below) => answerFrom(folder, context, below) }
}

const allow = 'GET, HEAD, OPTIONS'

async function answerFrom(folder: OpenFolder, context: RequestContext, below: string): Promise<Answer> {
  const { method } = context
  const { notFound, notAllowed } = context['~host'].routing
  if (method === 'OPTIONS') return new Answer(204, ['allow', allow], null)
  if (method !== 'GET' && method !== 'HEAD')
    throw codedError('method_not_allowed', notAllowed(wholePath(context), method, allow), { headers: { allow } })
  const answer = await (await folder()).answer(context, below)
  if (answer) return answer
  throw codedError('not_found', notFound(wholePath(context)))
}

/** What answers with files is loaded with the first of them. */
export type OpenFolder = () => Promise<StaticFolder>

/** @throws {StartupError} `invalid_option` */
export function openFolder(options: StaticFilesOptions, name: string): OpenFolder {
  const { precompressed = false, immutable = false, maxAgeSeconds } = options
  const root = folderPath(options.directory)
  if (!statSync(root, { throwIfNoEntry: false })?.isDirectory())
    throw new StartupError('invalid_option', `The directory of ${name}, '${root}', is not there`)
  if (maxAgeSeconds !== undefined) amount(maxAgeSeconds, `maxAgeSeconds of ${name}`)
  const rules: FolderRules = {
    index: options.index,
    precompressed: precompressed === true ? ['br', 'zstd', 'gzip'] : precompressed || [],
    maxAgeSeconds,
    isImmutable: typeof immutable === 'boolean' ? () => immutable : (path) => path.search(immutable) >= 0,
    headers: options.headers ?? {},
    allowDotfiles: options.allowDotfiles ?? false,
    followSymlinks: options.followSymlinks ?? false,
  }
  let folder: Promise<StaticFolder> | undefined
  return () => {
    folder ??= import('../reply/file/StaticFolder.ts').then(({ StaticFolder }) => new StaticFolder(root, rules))
    return folder
  }
}
