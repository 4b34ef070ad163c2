import { readFileSync } from 'node:fs'

/** What another framework answered, one JSON value a line: a file of `test/fixtures`. */
export function readRecorded<T>(fixture: string): readonly T[] {
  const lines = readFileSync(new URL(`../fixtures/${fixture}`, import.meta.url), 'utf8')
    .trim()
    .split('\n')
  return lines.map((line) => JSON.parse(line) as T)
}
