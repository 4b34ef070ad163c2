import { StartupError } from '../errors/StartupError.ts'

/** A timer of Node beyond 2 ** 31 - 1 runs out at once. Some seconds below it, because Node and we add a few. */
const maxTimerMs = 2 ** 31 - 10_000

/**
 * A time for a timer. `Infinity` waits for as long as one can, which is 25 days.
 *
 * @throws {StartupError} `invalid_option` for what is not a positive number
 */
export function milliseconds(value: number, name: string): number {
  if (typeof value !== 'number' || !(value > 0)) refuse(name, value, 'a positive number of milliseconds')
  return Math.min(value, maxTimerMs)
}

/**
 * A number of bytes, values or seconds; `Infinity` for no limit.
 *
 * @throws {StartupError} `invalid_option` for what is not a number from 0
 */
export function amount(value: number, name: string): number {
  if (typeof value !== 'number' || !(value >= 0)) refuse(name, value, 'a number from 0, or Infinity for no limit')
  return value
}

/**
 * So many of something, of which there is at least one; `Infinity` for no limit.
 *
 * @throws {StartupError} `invalid_option` for what is not a number from 1
 */
export function count(value: number, name: string): number {
  if (typeof value !== 'number' || !(value >= 1)) refuse(name, value, 'a number from 1, or Infinity for no limit')
  return value
}

function refuse(name: string, value: unknown, expected: string): never {
  throw new StartupError(
    'invalid_option',
    `${name} has to be ${expected}, not ${typeof value === 'string' ? `the string '${value}'` : String(value)}`,
  )
}
