import { type JsonSchema, jsonSchemaOf, type Side } from '../plan/jsonSchema.ts'
import type { JsonValues } from '../plan/jsonValues.ts'
import type { Schema } from '../plan/schema.ts'
import { mapSubschemas, type Pointer, partAt, pointerOf } from '../plan/schemaParts.ts'
import { writtenSchema } from '../plan/writtenSchema.ts'
import { nameComponents, type Slot } from './componentNames.ts'
import { discriminatorOf } from './discriminator.ts'
import type { SchemaForm } from './form.ts'
import type { JsonObject } from './objects.ts'
import { placeholderOf, putNames, referenceTo, type Target, targetOf } from './references.ts'
import { isSameSchema, type Rooted } from './sameSchema.ts'
import { containsItself, givenName, titleOf } from './schemaNames.ts'
import { componentName } from './words.ts'

/** Where a schema is being written: its two sides, which of them is wanted, and what to call what has no name. */
interface Place {
  readonly roots: Readonly<Record<Side, JsonSchema | undefined>>
  readonly side: Side
  readonly hint: string
  /** The component that is being written. */
  readonly owner: Slot | undefined
}

/**
 * The schemas that stand under `#/components/schemas`: those with a name (an `id`, the `title` of an object)
 * and those that contain themselves. All others are written where they are used.
 *
 * References are written while it is still open what components will be called, since that depends on what
 * follows; {@link finish} puts the names in.
 */
export class Components {
  readonly #form: SchemaForm
  readonly #values: JsonValues
  readonly #roots: Record<Side, WeakMap<JsonSchema, JsonSchema>> = { input: new WeakMap(), output: new WeakMap() }
  readonly #slots: Slot[] = []

  /** @param values how what JSON has no form for is written, where a reply does not say it */
  constructor(form: SchemaForm, values: JsonValues = {}) {
    this.#form = form
    this.#values = values
  }

  /** The whole JSON Schema of a schema as the form has it; `undefined` where its library offers none. */
  root(schema: Schema, side: Side): JsonSchema | undefined {
    const plain = jsonSchemaOf(schema, side)
    const known = plain && this.#roots[side].get(plain)
    if (!plain || known) return known
    const written = side === 'output' ? writtenSchema(plain, this.#values) : plain
    const prepared = this.#form.prepare(written, side)
    this.#roots[side].set(plain, prepared)
    return prepared
  }

  /**
   * The JSON Schema of a schema, or of the part of it at a pointer; `{}` where its library offers none.
   *
   * @param hint names it if it needs a name and has none
   */
  schema(schema: Schema, side: Side, hint: string, pointer: Pointer = []): JsonObject {
    const roots = { input: this.root(schema, 'input'), output: this.root(schema, 'output') }
    const part = partAt(roots[side], pointer)
    return part ? this.#write(part, { roots, side, hint, owner: undefined }, pointer) : {}
  }

  /** A reference to a schema of our own. */
  own(name: string, schema: JsonSchema): JsonObject {
    let slot = this.#slots.find((one) => one.isOwn && one.base === name)
    if (!slot) {
      const content = { part: schema, root: schema }
      slot = { ...newSlot(name, this.#slots.length), isOwn: true, contents: { input: content, output: content } }
      this.#slots.push(slot)
    }
    return this.#reference(
      slot,
      { roots: { input: schema, output: schema }, side: 'output', hint: name, owner: undefined },
      {},
    )
  }

  /**
   * Everything that has been referred to, by name. Call it once, after all has been written.
   *
   * @param written where the names are to be put in
   */
  finish(written: unknown): JsonObject {
    const nameOf = nameComponents(this.#slots, this.#form.suffixes)
    const placeOf = ({ slot, side }: Target) => `#/components/schemas/${nameOf(slot, side)}`
    const schemas = this.#slots.flatMap((slot) =>
      (['input', 'output'] as const).flatMap((side) => {
        const body = slot.bodies[side]
        return body ? [[nameOf(slot, side), this.#form.component(body, slot.base)] as const] : []
      }),
    )
    const sorted = Object.fromEntries(schemas.sort(([a], [b]) => (a < b ? -1 : 1)))
    putNames([written, sorted], placeOf)
    return sorted
  }

  #write(part: JsonSchema, place: Place, pointer: Pointer): JsonObject {
    const root = place.roots[place.side] as JsonSchema
    const way = pointerOf(part['$ref'])
    const target = way && partAt(root, way)
    if (way && target) {
      const { $ref: _, $defs: __, ...siblings } = part
      const name = givenName(way)
      const isComponent = name !== undefined || this.#form.isComponent(target)
      if (!isComponent && !containsItself(target, root)) return this.#write({ ...target, ...siblings }, place, way)
      return this.#reference(this.#slotAt(way, name, target, place), place, siblings)
    }
    const isRoot = pointer.length === 0 && part === root
    if (this.#form.isComponent(part) || (isRoot && containsItself(part, root)))
      return this.#reference(this.#slotAt(pointer, undefined, part, place), place, {})
    return this.#writeParts(part, place, pointer)
  }

  #writeParts(part: JsonSchema, place: Place, pointer: Pointer): JsonObject {
    const written = mapSubschemas(part, (inner, way) => this.#write(inner, place, [...pointer, ...way]))
    const discriminator = this.#discriminatorOf(written['oneOf'])
    return discriminator ? { ...written, discriminator } : written
  }

  #discriminatorOf(oneOf: unknown): JsonObject | undefined {
    if (!Array.isArray(oneOf)) return undefined
    const targets = oneOf.flatMap((choice) => targetOf(choice) ?? [])
    if (targets.length < oneOf.length) return undefined
    const bodies = targets.map(({ slot, side }) => slot.bodies[side] ?? {})
    return discriminatorOf(bodies, targets.map(placeholderOf))
  }

  #reference(slot: Slot, place: Place, siblings: JsonSchema): JsonObject {
    const { side, owner } = place
    owner?.needs.add(slot)
    if (!slot.bodies[side]) {
      // Known before it is written, for those that contain themselves.
      slot.bodies[side] = {}
      const { part } = slot.contents[side] as Rooted
      slot.bodies[side] = this.#writeParts(part, { ...place, roots: rootsOf(slot), owner: slot }, slot.pointer)
    }
    return referenceTo({ slot, side }, siblings)
  }

  /** The component for what stands at a pointer: a new one, or the one that says the same under the same name. */
  #slotAt(pointer: Pointer, given: string | undefined, part: JsonSchema, place: Place): Slot {
    const name = given ?? titleOf(part)
    const contents = contentsAt(pointer, part, place)
    const base = componentName(name ?? place.hint)
    const isNamed = name !== undefined
    const isSame = (slot: Slot) => (isNamed ? slot.base === base : this.#form.areUnnamedJoined || hasRoot(slot, place))
    const known = this.#slots.find(
      (slot) => !slot.isOwn && slot.isNamed === isNamed && isSame(slot) && fits(slot, contents),
    )
    if (known) {
      known.contents.input ??= contents.input
      known.contents.output ??= contents.output
      return known
    }
    const slot = { ...newSlot(base, this.#slots.length), isNamed, contents, pointer }
    this.#slots.push(slot)
    return slot
  }
}

function newSlot(base: string, number: number): Slot {
  return { base, number, isNamed: true, isOwn: false, pointer: [], contents: {}, bodies: {}, needs: new Set() }
}

function rootsOf({ contents }: Slot): Place['roots'] {
  return { input: contents.input?.root, output: contents.output?.root }
}

/** What stands at a pointer on both sides, as far as it can be told that it is the same thing. */
function contentsAt(pointer: Pointer, part: JsonSchema, { roots, side }: Place): Slot['contents'] {
  const contents: Slot['contents'] = { [side]: { part, root: roots[side] as JsonSchema } }
  const otherSide = side === 'input' ? 'output' : 'input'
  const root = roots[otherSide]
  const other = partAt(root, pointer)
  if (!root || !other || titleOf(other) !== titleOf(part)) return contents
  // Made-up names count up in order of appearance: they mean the same only if as much has appeared.
  const isMadeUp = pointer[0] === '$defs' && givenName(pointer) === undefined
  if (isMadeUp && definitions(root) !== definitions(roots[side] as JsonSchema)) return contents
  return { ...contents, [otherSide]: { part: other, root } }
}

function definitions(root: JsonSchema): string {
  return Object.keys((root['$defs'] ?? {}) as object).join()
}

/** Whether a component comes from the very schema that is being written. */
function hasRoot({ contents }: Slot, { roots, side }: Place): boolean {
  return contents[side] !== undefined && contents[side].root === roots[side]
}

function fits(slot: Slot, contents: Slot['contents']): boolean {
  let isCompared = slot.isNamed
  for (const side of ['input', 'output'] as const) {
    const [old, fresh] = [slot.contents[side], contents[side]]
    if (!old || !fresh) continue
    if (!isSameSchema(old, fresh)) return false
    isCompared = true
  }
  return isCompared
}
