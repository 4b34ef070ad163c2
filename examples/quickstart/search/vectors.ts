// Two vectors here always have the same length, so an index of one is an index of the other.

/** The dot product: the cosine of the angle, for vectors of length 1. */
export function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0
  for (let index = 0; index < a.length; index++) sum += (a[index] as number) * (b[index] as number)
  return Math.min(1, Math.max(-1, sum))
}

/** The vector between two: its dot product with a third is the mean of theirs. */
export function mean(a: Float32Array, b: Float32Array): Float32Array {
  return a.map((value, index) => (value + (b[index] as number)) / 2)
}
