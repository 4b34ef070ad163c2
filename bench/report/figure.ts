/** A median with its spread. */
export interface Figure {
  readonly median: number
  readonly min: number
  readonly max: number
}

export function figure(values: readonly number[]): Figure {
  const sorted = values.toSorted((one, other) => one - other)
  return { median: round(quantile(sorted, 0.5)), min: round(sorted[0] as number), max: round(sorted.at(-1) as number) }
}

/** Of values that stand in order; between two of them where it falls between. */
export function quantile(sorted: readonly number[], at: number): number {
  const place = (sorted.length - 1) * at
  const low = sorted[Math.floor(place)] as number
  const high = sorted[Math.ceil(place)] as number
  return low + (high - low) * (place - Math.floor(place))
}

/** Four digits: more would pretend an accuracy that is not there. */
export function round(value: number): number {
  return Number(value.toPrecision(4))
}

/** `1.04 (0.98–1.10)`. */
export function withSpread({ median, min, max }: Figure, digits: number): string {
  return `${median.toFixed(digits)} (${min.toFixed(digits)}–${max.toFixed(digits)})`
}
