import { expect } from 'vitest'
import type { Block } from './markdown.ts'
import type { Received } from './send.ts'

/**
 * Compares what came with what a page shows. JSON is compared by value and text exactly, but for an `…`,
 * which stands for what varies: any characters within a string or a line, any lines where it stands alone on
 * one, or the rest of an array. A block of `http` shows the status, headers that must be there, and the body.
 */
export function compareAnswer(received: Received, expected: Block): void {
  if (expected.lang !== 'http') return compareBody(received.body, expected.text, expected.lang === 'json')
  const split = expected.text.indexOf('\n\n')
  const head = split < 0 ? expected.text : expected.text.slice(0, split)
  const body = split < 0 ? '' : expected.text.slice(split + 2)
  const [statusLine, ...headerLines] = head.split('\n')
  expect(`HTTP/1.1 ${received.status} ${received.statusText}`).toBe(statusLine)
  for (const line of headerLines) {
    const name = line.slice(0, line.indexOf(':')).toLowerCase()
    compareText(`${name}: ${received.headers[name] ?? '(absent)'}`, line)
  }
  compareBody(received.body, body, (received.headers['content-type'] ?? '').includes('json'))
}

/** Compares what a command printed. */
export function compareOutput(output: string, expected: Block): void {
  compareBody(output.trimStart(), expected.text, expected.lang === 'json')
}

function compareBody(body: string, expected: string, isJson: boolean): void {
  const shown = isJson ? parse(expected) : undefined
  if (shown === undefined) return compareText(body.trimEnd(), expected.trimEnd())
  expect(hideVarying(JSON.parse(body), shown)).toEqual(shown)
}

/** `undefined` for JSON Lines, which are no single value. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function compareText(text: string, expected: string): void {
  expect(pattern(expected).test(text) ? expected : text).toBe(expected)
}

function pattern(expected: string): RegExp {
  const parts = expected.split('…').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
  const lines = parts.join('.*').split('\n')
  return new RegExp(`^${lines.map((line) => (line === '.*' ? '[\\s\\S]*' : line)).join('\n')}$`)
}

/** The received value, with `…` where the page has it: in a string, or as the rest of an array. */
function hideVarying(received: unknown, shown: unknown): unknown {
  if (typeof received === 'string' && typeof shown === 'string') return pattern(shown).test(received) ? shown : received
  if (Array.isArray(received) && Array.isArray(shown)) {
    const isOpen = shown.at(-1) === '…' && received.length >= shown.length
    const items = isOpen ? [...received.slice(0, shown.length - 1), '…'] : received
    return items.map((item, index) => hideVarying(item, shown[index]))
  }
  if (!isRecord(received) || !isRecord(shown)) return received
  return Object.fromEntries(Object.entries(received).map(([key, value]) => [key, hideVarying(value, shown[key])]))
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
