/** Checks of options that are numbers: one that cannot be kept to would only show later, as a model that hangs. */
export interface NumberChecks {
  /** @throws {RangeError} */
  count(option: string, value: number | undefined): void
  /** A count, or none: `Infinity`. @throws {RangeError} */
  limit(option: string, value: number | undefined): void
  /** @throws {RangeError} */
  positive(option: string, value: number | undefined): void
  /** @throws {RangeError} */
  notNegative(option: string, value: number | undefined): void
}

/** @param whose options they are, such as `workers()` */
export function numberChecks(whose: string): NumberChecks {
  const check = (isGood: (value: number) => boolean, expected: string) => (option: string, value?: number) => {
    if (value !== undefined && !isGood(value))
      throw new RangeError(`${option} of ${whose} must be ${expected}, not ${value}`)
  }
  const isCount = (value: number) => Number.isInteger(value) && value >= 1
  return {
    count: check(isCount, 'a whole number from 1'),
    limit: check((value) => isCount(value) || value === Number.POSITIVE_INFINITY, 'a whole number from 1'),
    positive: check((value) => value > 0, 'more than 0'),
    notNegative: check((value) => value >= 0, '0 or more'),
  }
}
