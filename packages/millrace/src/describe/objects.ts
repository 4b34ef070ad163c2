import type { ExternalDocsObject } from '../plan/openapiObjects.ts'

/** A JSON object of the document, while it is being written. */
export type JsonObject = { [key: string]: unknown }

/** Who answers for an API (Contact Object). */
export interface ContactObject {
  readonly name?: string
  readonly url?: string
  readonly email?: string
}

/** Under which licence an API stands (License Object); `identifier` is an SPDX one, and excludes `url`. */
export interface LicenseObject {
  readonly name: string
  readonly identifier?: string
  readonly url?: string
}

/** What is said of a tag (Tag Object). */
export interface TagObject {
  readonly name: string
  /** Markdown. */
  readonly description?: string
  readonly externalDocs?: ExternalDocsObject
}

/** Whether a value is an object with keys, as opposed to an array or `null`. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** An object without those members that are `undefined`. */
export function compact(object: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined))
}

/**
 * `base` with `extra` laid over it: objects are merged, `undefined` takes away, all else is replaced.
 *
 * @param areListsJoined arrays are not replaced, but put after those that are there
 */
export function deepMerge(base: JsonObject, extra: Readonly<JsonObject>, areListsJoined = false): JsonObject {
  const merged = { ...base }
  for (const [key, value] of Object.entries(extra)) {
    const old = merged[key]
    if (value === undefined) delete merged[key]
    else if (isObject(old) && isObject(value)) merged[key] = deepMerge(old, value, areListsJoined)
    else merged[key] = areListsJoined && Array.isArray(old) && Array.isArray(value) ? [...old, ...value] : value
  }
  return merged
}
