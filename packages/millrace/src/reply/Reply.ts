/** A result with a status of its own, typed by `responses`. */
export class Reply<S extends number = number, T = unknown> {
  readonly status: S
  readonly value: T
  readonly headers: Readonly<Record<string, string>> | undefined

  constructor(status: S, value: T, headers: Readonly<Record<string, string>> | undefined) {
    this.status = status
    this.value = value
    this.headers = headers
  }
}

/**
 * Answers with another status than the operation's own. Status and value are checked against `responses`,
 * by the compiler and when it runs.
 *
 * @example
 * app.post('/items', { body: Item, response: Item, responses: { 409: Conflict } },
 *   ({ body }) => taken(body) ? reply(409, { code: 'taken' }) : save(body))
 */
export function reply<const S extends number, const T>(
  status: S,
  value: T,
  options: { readonly headers?: Readonly<Record<string, string>> } = {},
): Reply<S, T> {
  return new Reply(status, value, options.headers)
}
