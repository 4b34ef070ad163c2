import { inspect } from 'node:util'
import type { WriteEntry } from '../input/log.ts'
import { describeError } from './errorReport.ts'
import { paint, printable } from './paint.ts'

const styles = { debug: 'dim', info: 'cyan', warn: 'yellow', error: 'red' } as const

/** Writes an entry of the log for the developer at the terminal: what is an error with its place, its source and its way. */
export const showEntry: WriteEntry = (level, message, fields = {}) => {
  const others: [string, unknown][] = []
  const errors: Error[] = []
  for (const [name, value] of Object.entries(fields)) {
    if (value instanceof Error) errors.push(value)
    else if (value !== undefined) others.push([name, value])
  }
  const told = others
    .map(([name, value]) => `${name}=${typeof value === 'string' ? printable(value) : inspect(value)}`)
    .join(' ')
  const { stderr } = process
  const head = [paint(styles[level], level, stderr), printable(message), paint('dim', told, stderr)]
    .filter(Boolean)
    .join(' ')
  stderr.write(`${[head, ...errors.map((error) => describeError(error))].join('\n')}\n`)
}
