import { inspect } from 'node:util'
import type { App } from '../app/app.ts'
import { CliError } from './CliError.ts'
import { shown } from './entry.ts'
import { framesOf, type Location, linesOf, locate, userFrames } from './location.ts'
import { paint, printable } from './paint.ts'
import { registeredAt } from './registeredAt.ts'

const linesAround = 2

/** What is known of the app that failed. */
export interface Failing {
  /** The URL of its entry. */
  readonly entry?: string
  readonly app?: App | undefined
}

/** An error as a developer wants to read it: file and line, the source around it, the message, the way there. */
export function describeError(error: unknown, { entry, app }: Failing = {}): string {
  if (error instanceof CliError) return error.report
  if (!(error instanceof Error)) return paintError('red', `Thrown: ${inspect(error)}`)
  const location = locate(error, entry) ?? (app && registeredAt(app, error.message)) ?? locateCause(error)
  const parts = [
    location && `${paintError(['cyan', 'bold'], `${shown(location.file)}:${location.line}:${location.column}`)}\n`,
    location && `${excerpt(location)}\n`,
    paintError(['red', 'bold'], `${error.name}: ${messageOf(error)}`),
    hintFor(error),
    // Without a place in the user's code, Millrace's own frames are all there is to go by.
    paintError('dim', (location ? userFrames(error) : framesOf(error)).join('\n')),
    ...causes(error),
  ]
  return parts.filter(Boolean).join('\n')
}

/** What fails in a process of Python, or in a thread, did so for a reason that has its place there. */
function locateCause({ cause }: Error): Location | undefined {
  return cause instanceof Error ? locate(cause) : undefined
}

function excerpt({ file, line, column }: Location): string {
  const lines = linesOf(file)
  const first = Math.max(1, line - linesAround)
  const last = Math.min(lines.length, line + linesAround)
  const width = String(last).length
  const rows: string[] = []
  for (let number = first; number <= last; number++) {
    const text = lines[number - 1] ?? ''
    const isHere = number === line
    const row = `${isHere ? '>' : ' '} ${String(number).padStart(width)} | ${text}`.trimEnd()
    rows.push(isHere ? row : paintError('dim', row))
    // Tabs stay tabs, so that the caret stands below its character.
    const indent = text.slice(0, column - 1).replace(/[^\t]/g, ' ')
    if (isHere) rows.push(`  ${' '.repeat(width)} | ${indent}${paintError('red', '^')}`)
  }
  return rows.join('\n')
}

/** An AggregateError says little by itself; what it holds is added. */
function messageOf(error: Error): string {
  if (!(error instanceof AggregateError)) return printable(error.message)
  return [error.message, ...error.errors.map((inner) => `- ${inner instanceof Error ? inner.message : inspect(inner)}`)]
    .filter(Boolean)
    .map(printable)
    .join('\n')
}

function* causes(error: Error): Generator<string> {
  let { cause } = error
  // An error may be its own cause, by way of others.
  for (let depth = 0; cause !== undefined && depth < 5; depth++) {
    const isError = cause instanceof Error
    yield `Caused by ${isError ? `${(cause as Error).name}: ${messageOf(cause as Error)}` : inspect(cause)}`
    if (isError) yield paintError('dim', userFrames(cause as Error).join('\n'))
    cause = isError ? (cause as Error).cause : undefined
  }
}

function hintFor(error: Error): string | undefined {
  const { code } = error as NodeJS.ErrnoException
  if (code === 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX' || /not supported in strip-only mode/.test(error.message))
    return 'Node runs TypeScript by leaving out its types, so it takes only what can be left out. "erasableSyntaxOnly": true in tsconfig.json shows such places in the editor.'
  if (/^(Cannot use import statement outside a module|Unexpected token 'export')/.test(error.message))
    return 'The nearest package.json makes this file CommonJS: put "type": "module" into it.'
  return undefined
}

function paintError(style: Parameters<typeof paint>[0], text: string): string {
  return paint(style, text, process.stderr)
}
