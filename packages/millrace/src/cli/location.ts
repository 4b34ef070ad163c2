import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { basename, isAbsolute, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { codeFolder } from '../packageFiles.ts'
import { childFlags } from './runtime.ts'

/** A place in a source file; line and column count from 1. */
export interface Location {
  readonly file: string
  readonly line: number
  readonly column: number
}

const framePattern = /(?:\(|at (?:async )?)([^()]+):(\d+):(\d+)\)?$/
const ownFolder = fileURLToPath(codeFolder)

/** Where an error came about in the user's own code, as far as can be told. */
export function locate(error: Error, entry?: string): Location | undefined {
  return (
    fromExcerpt(error.stack ?? '') ??
    fromImport(error) ??
    fromFrames(error) ??
    fromTraceback(error) ??
    fromSyntax(error, entry)
  )
}

/** The frames of a stack that are neither Node's nor Millrace's own. */
export function userFrames(error: Error): string[] {
  return framesOf(error).filter((frame) => !pathOf(frame)?.startsWith(ownFolder))
}

/** The frames of a stack that are not Node's own, or the traceback of an error in Python. */
export function framesOf(error: Error): string[] {
  const lines = (error.stack ?? '').split('\n')
  const start = lines.findIndex((line) => /^(Traceback \(| {2}File ")/.test(line))
  if (start < 0) return lines.filter((line) => /^\s+at /.test(line) && !/\bnode:/.test(line))
  // Whoever shows frames has shown the message.
  return lines.slice(start).filter((line) => line !== '' && !line.endsWith(`${error.name}: ${error.message}`))
}

function pathOf(frame: string): string | undefined {
  const [, file] = framePattern.exec(frame) ?? []
  return file === undefined ? undefined : toPath(file)
}

/**
 * Node puts the source before a stack where no frame can tell the place: file and line, source, and mostly a caret
 * below; of TypeScript that ends too early there is none.
 */
function fromExcerpt(text: string): Location | undefined {
  const found = /^(file:\/\/\S+|\/.*|[A-Za-z]:\\.*):(\d+)\n(?:(?:.*\n)*?([ \t]*)\^)?/.exec(text)
  if (!found) return undefined
  const [, file = '', line, indent = ''] = found
  return { file: toPath(file), line: Number(line), column: indent.length + 1 }
}

/** An import of what is not there: the importing file is told, the line has to be looked for. */
function fromImport(error: Error): Location | undefined {
  if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') return undefined
  const [, missing, importer] = /'(.+)' imported from (.+)$/m.exec(error.message) ?? []
  if (!missing || !importer) return undefined
  const file = toPath(importer)
  const name = isAbsolute(missing) ? basename(missing) : missing
  const lines = linesOf(file)
  const index = lines.findIndex((line) => /\b(from|import|require)\b/.test(line) && line.includes(name))
  if (index < 0) return undefined
  return { file, line: index + 1, column: (lines[index]?.indexOf(name) ?? 0) + 1 }
}

/** The newest frame of the user's own that is not of a package. */
function fromFrames(error: Error): Location | undefined {
  for (const frame of userFrames(error)) {
    const [, file, line, column] = framePattern.exec(frame) ?? []
    if (file === undefined) continue
    const path = toPath(file)
    if (path.includes(`${sep}node_modules${sep}`) || !existsSync(path)) continue
    return { file: path, line: Number(line), column: Number(column) }
  }
  return undefined
}

/** Of Python the newest frame is the last; those of packages and of the standard library are passed over. */
function fromTraceback(error: Error): Location | undefined {
  const frames = framesOf(error).flatMap((line) => {
    const [, file = '', number] = /^ {2}File "(.+)", line (\d+)/.exec(line) ?? []
    return existsSync(file) && !/[\\/](site|dist)-packages[\\/]|[\\/]lib[\\/]python[\d.]+[\\/]/.test(file)
      ? [{ file, line: Number(number) }]
      : []
  })
  const newest = frames.at(-1)
  if (!newest) return undefined
  const text = linesOf(newest.file)[newest.line - 1] ?? ''
  return { ...newest, column: text.length - text.trimStart().length + 1 }
}

/**
 * V8 tells the place of a syntax error in a module only to the process that dies of it (nodejs/node keeps it
 * behind a private symbol), so a second one is made to. Nothing runs there: parsing fails before.
 */
function fromSyntax(error: Error, entry: string | undefined): Location | undefined {
  if (!(error instanceof SyntaxError) || entry === undefined) return undefined
  const source = `import ${JSON.stringify(entry)}`
  const { stderr } = spawnSync(process.execPath, [...childFlags(), '--input-type=module', '--eval', source], {
    encoding: 'utf8',
    stdio: ['ignore', 'ignore', 'pipe'],
    timeout: 10_000,
  })
  const start = stderr.search(/^(file:\/\/|\/|[A-Za-z]:\\).*:\d+$/m)
  return start < 0 ? undefined : fromExcerpt(stderr.slice(start))
}

export function linesOf(file: string): string[] {
  try {
    return readFileSync(file, 'utf8').split('\n')
  } catch {
    return []
  }
}

function toPath(file: string): string {
  return file.startsWith('file://') ? fileURLToPath(file) : file
}
