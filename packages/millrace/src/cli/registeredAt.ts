import type { App } from '../app/app.ts'
import { joinPath } from '../plan/path.ts'
import { type Location, locate } from './location.ts'

type Entries = App['~entries']

/**
 * Where the operation was registered that the message of a start-up error names by method and path. Most of
 * these errors come about when the whole app compiles, when the stack no longer tells of the one operation.
 */
export function registeredAt(app: App, message: string): Location | undefined {
  let found: { location: Location; index: number } | undefined
  for (const { name, at } of operations(app['~entries'], '')) {
    const index = at ? indexOfWord(message, name) : -1
    // The operation that is named first is the one that cannot be; of two alike the later one.
    if (!at || index < 0 || (found && index > found.index)) continue
    const location = locate(at)
    if (location) found = { location, index }
  }
  return found?.location
}

function* operations(entries: Entries, prefix: string): Generator<{ name: string; at: Error | undefined }> {
  for (const entry of entries) {
    if (entry.kind === 'operation')
      yield { name: `${entry.operation.method} ${joinPath(prefix, entry.operation.path)}`, at: entry.at }
    else if (entry.kind === 'socket') yield { name: `WS ${joinPath(prefix, entry.socket.path)}`, at: entry.at }
    else if (entry.kind === 'routes') yield* operations(entry.routes['~entries'], prefix + entry.prefix)
  }
}

/** As {@link String.indexOf}, but `GET /items` is not found in `GET /items/:id`. */
function indexOfWord(text: string, word: string): number {
  for (let index = text.indexOf(word); index >= 0; index = text.indexOf(word, index + 1)) {
    if (!/^([\w/*?-]|[:.]\w)/.test(text.slice(index + word.length))) return index
  }
  return -1
}
