/** Where log entries go. `console`, pino and winston fit, and so does anything with these four methods. */
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

/** A logger that adds fields to each entry. */
export class ChildLogger implements Logger {
  readonly #parent: Logger
  readonly #fields: object

  constructor(parent: Logger, fields: object) {
    this.#parent = parent
    this.#fields = fields
  }

  debug(message: string, fields?: object): void {
    this.#parent.debug(message, { ...this.#fields, ...fields })
  }

  info(message: string, fields?: object): void {
    this.#parent.info(message, { ...this.#fields, ...fields })
  }

  warn(message: string, fields?: object): void {
    this.#parent.warn(message, { ...this.#fields, ...fields })
  }

  error(message: string, fields?: object): void {
    this.#parent.error(message, { ...this.#fields, ...fields })
  }
}

function write(level: string, message: string, fields: object = {}): void {
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
