import type { Item, Prediction } from '../workloads.ts'

// The checks of the servers that have no framework: the same rules as in schemas.ts.

/** The body of W2 with its default, or undefined where it is not valid. */
export function readPrediction(value: unknown): Required<Prediction> | undefined {
  if (!isObject(value)) return undefined
  const { text, limit = 10, options, tags } = value
  if (!isText(text, 2000) || !isInteger(limit, 100) || !isObject(options)) return undefined
  const { model, normalize } = options
  if (!isText(model, 64) || typeof normalize !== 'boolean') return undefined
  if (!Array.isArray(tags) || tags.length > 16) return undefined
  for (const tag of tags) if (!isText(tag, 32)) return undefined
  return { text, limit, options: { model, normalize }, tags }
}

/** The parameters of W3, or undefined where they are not valid. */
export function readItem(id: string, limit: unknown, tag: unknown): Item | undefined {
  if (!integer.test(id) || typeof limit !== 'string' || !integer.test(limit)) return undefined
  const item = { id: Number(id), limit: Number(limit), tag: tag as string }
  if (!isInteger(item.id, Number.MAX_SAFE_INTEGER) || !isInteger(item.limit, 100) || !isText(tag, 32)) return undefined
  return item
}

const integer = /^-?\d+$/

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isText(value: unknown, maxLength: number): value is string {
  return typeof value === 'string' && value.length >= 1 && value.length <= maxLength
}

function isInteger(value: unknown, max: number): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 1 && (value as number) <= max
}
