import { isAbsolute, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

/**
 * What a model was loaded from, as people name it: a file of the working directory by its path from there, another server
 * without the credentials and the query of its URL.
 */
export function sourceName(source: string | URL): string {
  const url =
    source instanceof URL ? source : source.includes('://') && URL.canParse(source) ? new URL(source) : undefined
  if (url?.protocol === 'file:') return pathName(fileURLToPath(url))
  if (url)
    return `${url.origin === 'null' ? `${url.protocol}//${url.host}` : url.origin}${url.pathname.replace(/\/$/, '')}`
  return pathName(String(source))
}

function pathName(path: string): string {
  if (!isAbsolute(path)) return path
  const inside = relative(process.cwd(), path)
  return inside.startsWith('..') || isAbsolute(inside) ? path : inside
}
