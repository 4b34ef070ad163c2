import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

/** The files that are loaded with a file: type imports are gone when the code runs. */
function loadedWith(file: string, found: Set<string> = new Set()): Set<string> {
  found.add(file)
  const statement = /^(?:import|export)\s(?!type\b)[^'"]*?from\s+['"]([^'"]+)['"]|\bimport\(['"]([^'"]+)['"]\)/gm
  for (const [, from, dynamic] of readFileSync(file, 'utf8').matchAll(statement)) {
    const specifier = (from ?? dynamic) as string
    const next = specifier.startsWith('.') ? resolve(dirname(file), specifier) : specifier
    if (!next.startsWith('/')) found.add(next)
    else if (!found.has(next)) loadedWith(next, found)
  }
  return found
}

const source = fileURLToPath(new URL('../src/', import.meta.url))

it('ships nothing of the server or of Node to a browser', () => {
  const loaded = [...loadedWith(resolve(source, 'client/index.ts'))].map((file) => file.replace(source, ''))
  expect(loaded.sort()).toEqual([
    'client/ClientError.ts',
    'client/ClientSocketError.ts',
    'client/OpeningSocket.ts',
    'client/PendingCall.ts',
    'client/createClient.ts',
    'client/index.ts',
    'client/read.ts',
    'client/request.ts',
    'client/sse.ts',
  ])
  const code = loaded.map((file) => readFileSync(resolve(source, file), 'utf8')).join('\n')
  expect(code.match(/\b(?:Buffer|process|require)\b[.(]/g)).toBe(null)
})
