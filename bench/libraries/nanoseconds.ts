const slices = 60
const sliceNs = 2_000_000

/**
 * What one turn takes, in nanoseconds: the least of many short slices, so that what other work on the machine adds
 * is left out. The code has been warmed up before. `turn` gets a number that counts up, to take another input
 * each time, and gives back something that cannot be left out.
 */
export function nanoseconds(turn: (count: number) => unknown): number {
  let count = 0
  let sink: unknown
  const slice = (turns: number): number => {
    const start = process.hrtime.bigint()
    for (let index = 0; index < turns; index++) sink = turn(count++)
    return Number(process.hrtime.bigint() - start) / turns
  }
  // Warm, and find out how many turns make a slice.
  let turns = 100
  for (let warm = 0; warm < 30; warm++) turns = Math.max(10, Math.ceil(sliceNs / slice(turns)))
  let least = Number.POSITIVE_INFINITY
  for (let index = 0; index < slices; index++) least = Math.min(least, slice(turns))
  if (sink === nanoseconds) throw new Error('never')
  return least
}
