import { codedError } from '../errors/codedError.ts'
import { HttpError } from '../errors/HttpError.ts'
import type { RequestContext } from '../input/context.ts'
import { wholePath } from '../input/wholePath.ts'
import { type KnownKeys, refuseUnknownOptions } from '../plan/knownOptions.ts'
import type { StaticFolder } from '../reply/file/StaticFolder.ts'
import type { Mountable } from '../run/mountable.ts'
import type { Answer } from '../serve/answer.ts'
import { openFolder, type StaticFilesOptions, staticFilesKeys } from './staticFiles.ts'

/** Which front end is served, and how. */
export interface FrontendOptions extends Omit<StaticFilesOptions, 'index'> {
  /**
   * The page that browsers get for a path without a file: `index.html` for apps with a router of their own,
   * `404.html` with the status 404, or `null` for a problem. Default `auto`: `404.html` if there is one, else
   * `index.html`.
   */
  readonly fallback?: 'auto' | 'index.html' | '404.html' | null
  /**
   * Where the development server of the front end listens, such as `http://localhost:5173`: under `millrace dev`
   * its answers are passed on, and the directory need not be there.
   */
  readonly devServer?: string | URL
}

const { index: _, ...fileKeys } = staticFilesKeys
const keys: KnownKeys<FrontendOptions> = { ...fileKeys, fallback: true, devServer: true }

/**
 * Makes what {@link App.frontend} serves.
 *
 * @throws {StartupError} `invalid_option` when the directory is not there
 */
export function frontend(options: FrontendOptions): Mountable {
  refuseUnknownOptions(options, keys, 'frontend()')
  const { devServer, fallback = 'auto' } = options
  if (devServer !== undefined && process.env['MILLRACE_ENV'] === 'development')
    return { '~answer': (context) => fetchFrom(devServer, context) }
  const open = openFolder({ ...options, index: 'index.html' }, 'frontend()')
  return {
    '~answer': async (context, below) => {
      const folder = await open()
      const file = await folder.answer(context, below)
      if (file) return file
      const page = fallback === null ? undefined : await fallBack(folder, fallback, context)
      if (page) return page
      throw codedError('not_found', context['~host'].routing.notFound(wholePath(context)), {
        // A cache that has this for a program must not give it to a browser.
        headers: fallback === null ? {} : { vary: 'Accept' },
      })
    },
  }
}

/** Only for who wants to look at a page: a program that has asked for data is not helped by HTML. */
async function fallBack(
  folder: StaticFolder,
  fallback: 'auto' | 'index.html' | '404.html',
  context: RequestContext,
): Promise<Answer | undefined> {
  if (!acceptsHtml(context.header('accept'))) return undefined
  const missing = fallback === 'index.html' ? undefined : await folder.page(context, '404.html', 404)
  const page = missing ?? (fallback === '404.html' ? undefined : await folder.page(context, 'index.html', 200))
  page?.headers.vary('Accept')
  return page
}

function acceptsHtml(accept = ''): boolean {
  return accept.split(',').some((item) => /^\s*text\/html\s*(;|$)/i.test(item) && !/;\s*q=0(\.0*)?\s*(;|$)/i.test(item))
}

async function fetchFrom(devServer: string | URL, context: RequestContext): Promise<Response> {
  const { method, headers, signal } = context.request
  const url = new URL(devServer)
  // Set by themselves: read together, a path such as `/\\elsewhere` would name another host.
  url.pathname = context.path
  url.search = context['~search']
  headers.delete('host')
  try {
    return await fetch(url, { method, headers, signal, redirect: 'manual' })
  } catch (cause) {
    throw new HttpError(502, `The development server of the front end does not answer at ${url.origin}: start it`, {
      cause,
    })
  }
}
