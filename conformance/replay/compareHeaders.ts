/** Values that no two servers share: a file's date and what is made of it, a measured time. Presence is compared. */
const individual = new Set(['etag', 'last-modified', 'x-response-time'])

/** Lists whose order, and the case of whose words, say nothing. */
const listSeparators: Readonly<Record<string, RegExp>> = {
  vary: /\s*,\s*/,
  'access-control-allow-methods': /\s*,\s*/,
  'access-control-allow-headers': /\s*,\s*/,
  'set-cookie': /\s*;\s*/,
  'content-type': /\s*;\s*/,
}

/** The names of the recorded headers that an answer does not have as they were recorded. */
export function differingHeaders(recorded: Readonly<Record<string, string>>, received: Headers): string[] {
  return Object.keys(recorded).filter((name) => {
    const got = received.get(name)
    if (got === null) return true
    return !individual.has(name) && meaningOf(name, got) !== meaningOf(name, recorded[name] ?? '')
  })
}

function meaningOf(name: string, value: string): string {
  const separator = listSeparators[name]
  return separator ? value.toLowerCase().split(separator).toSorted().join() : value
}
