import type { Side } from '../plan/jsonSchema.ts'
import type { Pointer } from '../plan/schemaParts.ts'
import type { JsonObject } from './objects.ts'
import type { Rooted } from './sameSchema.ts'

/** A schema that will be one component, or two where its sides differ. */
export interface Slot {
  /** The name it would have if it were alone. */
  readonly base: string
  /** In order of first use. */
  readonly number: number
  /** The name comes from the schema, not from where it was found. */
  readonly isNamed: boolean
  /** One of Millrace's own: it makes way for names that users gave. */
  readonly isOwn: boolean
  /** Where it stands in its root. */
  readonly pointer: Pointer
  readonly contents: { input?: Rooted | undefined; output?: Rooted | undefined }
  /** As written, for the sides that are in use. */
  readonly bodies: Partial<Record<Side, JsonObject>>
  /** What it refers to. */
  readonly needs: Set<Slot>
}

/**
 * Names components. One whose sides are both in use and differ becomes two, such as `NameInput` and `NameOutput`, and so
 * does each that refers to such a one. Of different schemas with one name, the first in use keeps it and
 * the others become `Name2`, `Name3`.
 */
export function nameComponents(
  slots: readonly Slot[],
  sides: Readonly<Record<Side, string>>,
): (slot: Slot, side: Side) => string {
  const split = splitSlots(slots)
  const taken = new Set<string>()
  const names = new Map<Slot, string>()
  const suffixes = (slot: Slot) => (split.has(slot) ? Object.values(sides) : [''])
  for (const slot of [...slots.filter((one) => !one.isOwn), ...slots.filter((one) => one.isOwn)]) {
    let name = slot.base
    for (let count = 2; suffixes(slot).some((suffix) => taken.has(name + suffix)); count++)
      name = `${slot.base}${count}`
    for (const suffix of suffixes(slot)) taken.add(name + suffix)
    names.set(slot, name)
  }
  return (slot, side) => {
    const name = names.get(slot) as string
    if (!split.has(slot)) return name
    return name + sides[side]
  }
}

function splitSlots(slots: readonly Slot[]): Set<Slot> {
  const both = slots.filter(({ bodies }) => bodies.input && bodies.output)
  const split = new Set(both.filter(({ bodies }) => JSON.stringify(bodies.input) !== JSON.stringify(bodies.output)))
  for (let before = -1; before !== split.size; ) {
    before = split.size
    for (const slot of both) if ([...slot.needs].some((needed) => split.has(needed))) split.add(slot)
  }
  return split
}
