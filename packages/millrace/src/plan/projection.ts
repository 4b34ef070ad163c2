// Maps first: to the compiler they look like sets.
type Keys<T> =
  T extends ReadonlyMap<infer Key, unknown>
    ? Extract<Key, string>
    : T extends readonly (infer Item)[] | ReadonlySet<infer Item>
      ? Keys<Item>
      : T extends object
        ? Extract<keyof T, string>
        : never
type Member<T, K> =
  T extends ReadonlyMap<unknown, infer Value>
    ? Value
    : T extends readonly (infer Item)[] | ReadonlySet<infer Item>
      ? Member<Item, K>
      : K extends keyof T
        ? T[K]
        : never

/** Keys of a type, those of its items for arrays and sets: a list, or an object whose values are `true` for a whole key, or a selection of what is in it. */
export type Selection<T> = unknown extends T
  ? readonly string[] | { readonly [key: string]: true | Selection<unknown> }
  : readonly Keys<T>[] | { readonly [K in Keys<T>]?: true | Selection<NonNullable<Member<T, K>>> }

/** Keys that are left out wherever they stand. */
export type Omission = 'unset' | 'defaults' | 'null'

/** A selection as an object. */
export interface SelectedKeys {
  readonly [key: string]: true | SelectedKeys
}

/** What of a value is sent. */
export interface Projection {
  readonly include?: SelectedKeys
  readonly exclude?: SelectedKeys
  readonly omit: ReadonlySet<Omission>
}

export function selectionOf(selection: Selection<unknown>): SelectedKeys {
  if (isList(selection)) return Object.fromEntries(selection.map((key) => [key, true as const]))
  return Object.fromEntries(
    Object.entries(selection).map(([key, inner]) => [key, inner === true ? true : selectionOf(inner)]),
  )
}

function isList(selection: Selection<unknown>): selection is readonly string[] {
  return Array.isArray(selection)
}

export function omissionsOf(omit: Omission | readonly Omission[] | undefined): ReadonlySet<Omission> {
  return new Set(typeof omit === 'string' ? [omit] : omit)
}

/** What of a key is kept, by a selection of its object: `undefined` for nothing, `true` for all of it. */
export function innerOf(selection: SelectedKeys | undefined, key: string): true | SelectedKeys | undefined {
  return selection && Object.hasOwn(selection, key) ? selection[key] : undefined
}
