import { StartupError } from '../errors/StartupError.ts'

/** Every key of some options, which the compiler holds complete. */
export type KnownKeys<T> = Readonly<Record<keyof Required<T>, true>>

/**
 * Refuses a key that options do not have. Types are not checked when an app is served, and a limit under a misspelt key
 * would limit nothing.
 *
 * @param owner whose options they are, such as `cors()`
 * @throws {StartupError} `invalid_option`
 */
export function refuseUnknownOptions<T extends object>(options: T, known: KnownKeys<T>, owner: string): void {
  const unknown = unknownKeys(options, known)
  if (unknown === undefined) return
  throw new StartupError(
    'invalid_option',
    `${owner} has no option ${unknown}: its options are ${Object.keys(known).join(', ')}`,
  )
}

/** The keys that are not known, as a message names them; `undefined` where all are. */
export function unknownKeys(options: object, known: object): string | undefined {
  const unknown = Object.keys(options).filter((key) => !Object.hasOwn(known, key))
  return unknown.length === 0 ? undefined : unknown.map((key) => `'${key}'`).join(', ')
}
