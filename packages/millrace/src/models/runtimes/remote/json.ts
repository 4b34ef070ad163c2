import type { RemoteRequest } from './http.ts'

const headers = { 'content-type': 'application/json' }

/** @throws {TypeError} for what JSON cannot write */
export function jsonRequest(path: string, value: object): RemoteRequest {
  return { path, body: JSON.stringify(value), headers }
}

/** @throws {SyntaxError} */
export function parseJson(bytes: Uint8Array): unknown {
  return JSON.parse(new TextDecoder().decode(bytes))
}
