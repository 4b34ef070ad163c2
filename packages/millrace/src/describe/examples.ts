import { Example, type Examples } from '../plan/openapiObjects.ts'
import { compact, type JsonObject } from './objects.ts'

/** Example Objects by name. */
export function examplesOf(examples: Examples | undefined): JsonObject | undefined {
  if (!examples) return undefined
  return Object.fromEntries(
    Object.entries(examples).map(([name, value]) => [
      name,
      value instanceof Example ? compact({ ...value.object }) : { value },
    ]),
  )
}
