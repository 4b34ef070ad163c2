/** A tuple of Python: an array that goes back as a tuple. */
export class Tuple extends Array<unknown> {}

/** Text that is HTML already: `markupsafe.Markup` in Python. */
export class Markup {
  readonly html: string

  constructor(html: string) {
    this.html = html
  }

  toString(): string {
    return this.html
  }

  toJSON(): string {
    return this.html
  }
}

/** A `uuid.UUID` of Python. */
export class Uuid {
  /** With hyphens, lower case. */
  readonly value: string

  constructor(value: string) {
    this.value = value
  }

  toString(): string {
    return this.value
  }

  toJSON(): string {
    return this.value
  }
}

/** How Flask's TaggedJSONSerializer writes what JSON has no form for: an object with the tag as its one key. */
const readers: Readonly<Record<string, (value: never) => unknown>> = {
  ' t': (items: unknown[]) => Tuple.from(items),
  ' b': (text: string) => new Uint8Array(Buffer.from(text, 'base64')),
  ' m': (html: string) => new Markup(html),
  ' u': (hex: string) => new Uuid(hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')),
  ' d': (text: string) => new Date(text),
  // An object that would be taken for a tag: its key has been given two underscores.
  ' di': (value: object) => Object.fromEntries(Object.entries(value).map(([key, one]) => [key.slice(0, -2), one])),
}

/** What a text of tagged JSON says. @throws {SyntaxError} */
export function readTagged(json: string): unknown {
  // A reviver goes from the inside out, as Flask does.
  return JSON.parse(json, (_key, value: unknown) => {
    const tag = tagOf(value)
    return tag === undefined ? value : (readers[tag] as (value: unknown) => unknown)((value as never)[tag])
  })
}

/** The text of tagged JSON for a value. */
export function writeTagged(value: unknown): string {
  return JSON.stringify(tagged(value))
}

function tagged(value: unknown): unknown {
  if (value instanceof Tuple) return { ' t': [...value].map(tagged) }
  if (Array.isArray(value)) return value.map(tagged)
  if (value instanceof Uint8Array) return { ' b': Buffer.from(value).toString('base64') }
  if (value instanceof Markup) return { ' m': value.html }
  if (value instanceof Uuid) return { ' u': value.value.replaceAll('-', '') }
  if (value instanceof Date) return { ' d': value.toUTCString() }
  if (typeof value !== 'object' || value === null) return value
  const tag = tagOf(value)
  if (tag !== undefined) return { ' di': { [`${tag}__`]: tagged((value as Record<string, unknown>)[tag]) } }
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, tagged(one)]))
}

function tagOf(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  const keys = Object.keys(value)
  return keys.length === 1 && Object.hasOwn(readers, keys[0] as string) ? keys[0] : undefined
}
