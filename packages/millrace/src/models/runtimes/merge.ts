/** The results of those items that were sent, with the errors of the others in their places. */
export function merge<O>(
  results: readonly (O | Error)[],
  refusals: ReadonlyMap<number, Error>,
): readonly (O | Error)[] {
  if (refusals.size === 0) return results
  const merged: (O | Error)[] = [...results]
  // In ascending order, so that each finds its place among those before it.
  for (const [index, error] of refusals) merged.splice(index, 0, error)
  return merged
}
