import type { StreamKind } from '../../plan/kind.ts'
import type { Schema } from '../../plan/schema.ts'
import type { Components } from '../components.ts'
import { compact, type JsonObject } from '../objects.ts'
import { mediaTypeOf } from '../rawSchemas.ts'
import { problemSchema } from './problems.ts'

/**
 * The Media Type Object of a stream, with the schema of one item.
 *
 * OpenAPI 3.2 has `itemSchema` for it, beside `schema`. The schema of 3.1 forbids further keywords there but
 * not inside a JSON Schema, so that there the whole is a string whose `itemSchema` says what it is made of.
 */
export function streamMedia(
  kind: StreamKind,
  version: '3.1' | '3.2',
  components: Components,
  hint: string,
): JsonObject {
  const itemSchema = kind.kind === 'sse' ? eventSchema(kind, components, hint) : itemOf(kind.schema, components, hint)
  if (version === '3.2') return { itemSchema }
  return { schema: { type: 'string', contentMediaType: mediaTypeOf(kind), itemSchema } }
}

/** For people, where tools do not show the items. */
export function streamDescription(kind: StreamKind): string {
  if (kind.kind === 'jsonl')
    return 'JSON Lines: one item a line. A failure after the first item is a last line `{"error": …}` with a problem object.'
  const failure = 'A failure after the first event is a last event `error` with a problem object.'
  if (!kind.events && !kind.schema) return `Server-sent events. ${failure}`
  if (!kind.events) return `Server-sent events, each with the JSON of an item as its data. ${failure}`
  const names = Object.keys(kind.events).map((name) => `\`${name}\``)
  return `Server-sent events ${names.join(', ')}, each with JSON as its data. ${failure}`
}

/** An event as OpenAPI 3.2 has it: fields of the event as properties, JSON inside the string that is its data. */
function eventSchema(kind: StreamKind, components: Components, hint: string): JsonObject {
  const failure = event('error', problemSchema(components))
  if (!kind.events && !kind.schema) return anyEvent
  if (!kind.events) return { oneOf: [event('message', itemOf(kind.schema, components, hint), 'unnamed'), failure] }
  const named = Object.entries(kind.events).map(([name, schema]) =>
    event(name, itemOf(schema, components, `${hint}${name}`), 'numbered'),
  )
  return { oneOf: [...named, failure] }
}

/** Of a stream that declares no events. */
const anyEvent: JsonObject = {
  type: 'object',
  properties: {
    event: { type: 'string' },
    data: { type: 'string' },
    id: { type: 'string' },
    retry: { type: 'integer', minimum: 0 },
  },
}

function event(name: string, contentSchema: JsonObject, form?: 'unnamed' | 'numbered'): JsonObject {
  const properties = compact({
    event: { type: 'string', const: name },
    data: { type: 'string', contentMediaType: 'application/json', contentSchema },
    id: form === 'numbered' ? { type: 'string' } : undefined,
    retry: form === 'numbered' ? { type: 'integer', minimum: 0 } : undefined,
  })
  return { title: name, type: 'object', properties, required: form === 'unnamed' ? ['data'] : ['event', 'data'] }
}

function itemOf(schema: Schema | undefined, components: Components, hint: string): JsonObject {
  return schema ? components.schema(schema, 'output', `${hint}Item`) : {}
}
