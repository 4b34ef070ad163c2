/**
 * Those of the names that are asked for, which have to be known: a misspelt one would measure nothing, and say so to
 * nobody.
 *
 * @param asked `undefined` for all
 * @throws {RangeError} for a name that there is not
 */
export function chosen<T extends string>(asked: readonly string[] | undefined, all: readonly T[], what: string): T[] {
  const unknown = asked?.find((name) => !all.some((one) => one === name))
  if (unknown !== undefined) throw new RangeError(`There is no ${what} '${unknown}', only ${all.join(', ')}`)
  return all.filter((name) => asked?.includes(name) ?? true)
}

/** Every name once: some are those of several things. */
export function allNamed<T extends string>(things: readonly { readonly name: T }[]): T[] {
  return [...new Set(things.map(({ name }) => name))]
}
