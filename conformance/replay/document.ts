import { isDeepStrictEqual } from 'node:util'

type Json = Readonly<Record<string, unknown>>

/** Values of an API's users, in which nothing is a keyword. */
const verbatim = new Set(['default', 'example', 'examples', 'enum', 'const', 'value'])

/**
 * An OpenAPI document without what is but a name: titles of schemas, operation ids, names of components, for each of
 * which what it stands for is put; the order of `required` is chance as well. All else is kept.
 */
export function normalizeDocument(document: Json): Json {
  const { components, info, ...rest } = document
  const { schemas, ...otherComponents } = (components ?? {}) as { schemas?: Json }
  const hasOthers = Object.keys(otherComponents).length > 0
  const normalize = normalizer((schemas ?? {}) as Readonly<Record<string, unknown>>)
  return { info, ...(normalize({ ...rest, ...(hasOthers ? { components: otherComponents } : {}) }, []) as Json) }
}

function normalizer(schemas: Json): (value: unknown, within: readonly string[]) => unknown {
  /** @param within names of the components that are being put in, so that one that holds itself comes to an end */
  const normalize = (value: unknown, within: readonly string[]): unknown => {
    if (Array.isArray(value)) return value.map((one) => normalize(one, within))
    if (typeof value !== 'object' || value === null) return referred(value, within)
    const { $ref, ...others } = value as { $ref?: unknown }
    if (typeof $ref === 'string') {
      const target = referred($ref, within)
      // Keywords beside a reference hold as well (JSON Schema 2020-12, section 8.2.3.1).
      const beside = normalize(others, within) as Json
      return typeof target === 'object' && target !== null ? { ...target, ...beside } : { $ref: target, ...beside }
    }
    return Object.fromEntries(Object.entries(value).flatMap(([key, member]) => entry(key, member, within)))
  }

  const entry = (key: string, member: unknown, within: readonly string[]): [string, unknown][] => {
    if ((key === 'title' && typeof member === 'string') || key === 'operationId') return []
    if (verbatim.has(key)) return [[key, member]]
    if (key === 'required' && Array.isArray(member)) return [[key, member.toSorted()]]
    // The names of properties are no keywords, whatever they are.
    if (key === 'properties' && typeof member === 'object' && member !== null)
      return [[key, Object.fromEntries(Object.entries(member).map(([name, one]) => [name, normalize(one, within)]))]]
    return [[key, normalize(member, within)]]
  }

  const referred = (reference: unknown, within: readonly string[]): unknown => {
    const name = typeof reference === 'string' ? /^#\/components\/schemas\/(.+)$/.exec(reference)?.[1] : undefined
    if (name === undefined) return reference
    const depth = within.indexOf(name)
    if (depth >= 0) return `#recursion/${within.length - depth}`
    return normalize(schemas[name], [...within, name])
  }
  return normalize
}

/** Where two documents differ first, as a JSON pointer with both values; `undefined` where they do not. */
export function firstDifference(expected: unknown, got: unknown, pointer = ''): string | undefined {
  if (isDeepStrictEqual(expected, got)) return undefined
  if (isObject(expected) && isObject(got) && Array.isArray(expected) === Array.isArray(got)) {
    const keys = new Set([...Object.keys(expected), ...Object.keys(got)])
    for (const key of keys) {
      const found = firstDifference(expected[key], got[key], `${pointer}/${key}`)
      if (found !== undefined) return found
    }
  }
  return `${pointer || '/'}: expected ${shown(expected)}, got ${shown(got)}`
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null
}

function shown(value: unknown): string {
  return value === undefined ? 'nothing' : (JSON.stringify(value) ?? String(value)).slice(0, 300)
}
