import type { Level } from '../plan/definition.ts'
import type { Entry } from './entry.ts'

/** Something that was registered, and where it stands in the app. */
export interface Placed {
  readonly entry: Entry
  /** Before its own path. */
  readonly prefix: string
  /** What is around it: the app first, its own router last. */
  readonly levels: readonly Level[]
}

/** Goes through all that has been registered, what a router holds right after the router itself. */
export function* walk(entries: readonly Entry[], levels: readonly Level[] = [], prefix = ''): Generator<Placed> {
  for (const entry of entries) {
    yield { entry, prefix, levels }
    if (entry.kind === 'routes') yield* walk(entry.routes['~entries'], levelsOf(entry, levels), prefix + entry.prefix)
  }
}

/** What is around all that a router holds. */
export function levelsOf({ level, routes }: Entry & { kind: 'routes' }, around: readonly Level[]): readonly Level[] {
  return [...around, level, routes['~level']]
}
