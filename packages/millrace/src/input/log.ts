/**
 * Where log entries go. `console` and winston fit, and so does anything with these four methods; pino takes the
 * fields first, so it needs an adapter.
 */
export interface Logger {
  debug(message: string, fields?: object): void
  info(message: string, fields?: object): void
  warn(message: string, fields?: object): void
  error(message: string, fields?: object): void
}

/** One JSON object a line on standard error; `debug` only where `DEBUG` is set. */
export const jsonLogger: Logger = {
  debug: (message, fields) => void (process.env['DEBUG'] && write('debug', message, fields)),
  info: (message, fields) => write('info', message, fields),
  warn: (message, fields) => write('warn', message, fields),
  error: (message, fields) => write('error', message, fields),
}

/** No log at all. */
export const silentLogger: Logger = { debug() {}, info() {}, warn() {}, error() {} }

/** A logger that adds fields to each entry, and never throws: a request does not fail for its log. */
export class ChildLogger implements Logger {
  readonly #parent: Logger
  readonly #fields: object

  constructor(parent: Logger, fields: object) {
    this.#parent = parent
    this.#fields = fields
  }

  debug(message: string, fields?: object): void {
    this.#write('debug', message, fields)
  }

  info(message: string, fields?: object): void {
    this.#write('info', message, fields)
  }

  warn(message: string, fields?: object): void {
    this.#write('warn', message, fields)
  }

  error(message: string, fields?: object): void {
    this.#write('error', message, fields)
  }

  #write(level: keyof Logger, message: string, fields: object | undefined): void {
    try {
      this.#parent[level](message, { ...this.#fields, ...fields })
    } catch (error) {
      jsonLogger.error('The logger failed', { error, entry: message })
    }
  }
}

/** Writes one entry. */
export type WriteEntry = (level: keyof Logger, message: string, fields?: object) => void

let write: WriteEntry = writeJson

/** Has the entries of {@link jsonLogger} written for somebody who reads them. */
export function writeEntriesBy(writer: WriteEntry): void {
  write = (level, message, fields) => {
    try {
      writer(level, message, fields)
    } catch {
      // A field that cannot be shown: an entry is never worth a failed request.
      writeJson(level, message, fields)
    }
  }
}

function writeJson(level: string, message: string, fields: object = {}): void {
  const entry = { time: new Date().toISOString(), level, message }
  let line: string
  try {
    line = JSON.stringify({ ...entry, ...fields }, plainError)
  } catch (error) {
    // Circles, getters that throw: an entry is never worth a failed request.
    line = JSON.stringify({ ...entry, unwritable: String(error) })
  }
  process.stderr.write(`${line}\n`)
}

function plainError(_key: string, value: unknown): unknown {
  if (!(value instanceof Error)) return typeof value === 'bigint' ? String(value) : value
  const { name, message, stack, cause } = value
  return { name, message, stack, ...(cause === undefined ? {} : { cause }) }
}
