import { extname } from 'node:path'

let types: Promise<{ getType(extension: string): string | null }> | undefined

/**
 * The media type that belongs to the extension of a file's name; `undefined` where none is known. Text is said to
 * be UTF-8.
 */
export async function mediaTypeOfName(name: string): Promise<string | undefined> {
  const extension = extname(name).slice(1)
  if (extension === '') return undefined
  // Its tables take 7 ms to build, which an app without files need not wait for when it starts.
  types ??= import('mime').then((module) => module.default)
  const type = (await types).getType(extension)
  if (type === null) return undefined
  return type.startsWith('text/') ? `${type}; charset=utf-8` : type
}
