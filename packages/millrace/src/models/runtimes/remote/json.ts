/** The headers of a body in JSON. */
export const jsonHeaders: Readonly<Record<string, string>> = { 'content-type': 'application/json' }

/** @throws {SyntaxError} */
export function parseJson(bytes: Uint8Array): unknown {
  return JSON.parse(new TextDecoder().decode(bytes))
}
