/** The dot product: the cosine of the angle, for vectors of length 1. */
export function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0
  // Both have the same length, so each index is in both.
  for (let index = 0; index < a.length; index++) sum += (a[index] as number) * (b[index] as number)
  return Math.min(1, Math.max(-1, sum))
}
