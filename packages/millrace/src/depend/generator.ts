import { isPromise, type MaybePromise } from '../serve/maybePromise.ts'

type AnyGenerator = AsyncGenerator<unknown> | Generator<unknown>

const tags: ReadonlySet<string> = new Set(['[object AsyncGenerator]', '[object Generator]'])

/** Whether a value is a running generator, and not just something that can be iterated. */
export function isGenerator(value: unknown): value is AnyGenerator {
  return typeof value === 'object' && value !== null && tags.has(Object.prototype.toString.call(value))
}

/** Runs a generator to its `yield` and hands over what it yields. */
export function open(generator: AnyGenerator, label: string, onOpen: (value: unknown) => void): MaybePromise<void> {
  const accept = ({ done, value }: IteratorResult<unknown>) => {
    if (done) throw new TypeError(`The dependency '${label}' ended without a yield: it has to yield its value once`)
    onOpen(value)
  }
  const first = generator.next()
  return isPromise(first) ? first.then(accept) : accept(first)
}

/** Runs what stands after the `yield`. @throws what the cleanup throws, or TypeError if it yields again */
export async function close(generator: AnyGenerator, label: string): Promise<void> {
  const { done } = await generator.next()
  if (!done) await yieldedTwice(generator, label)
}

/** What becomes of an error that a dependency catches and does not throw again: it is told all the same, or that is a fault. */
export type Swallowed = 'told' | 'fault'

/**
 * Throws an error into a generator at its `yield`, so that it can roll back. Resolves to the error that
 * counts from then on: another one if the generator threw it, else the same, or what `swallowed` makes of it.
 */
export async function closeWith(
  generator: AnyGenerator,
  label: string,
  error: unknown,
  swallowed: Swallowed,
): Promise<unknown> {
  try {
    const { done } = await generator.throw(error)
    if (!done) await yieldedTwice(generator, label)
    return swallowed === 'told'
      ? error
      : new TypeError(`The dependency '${label}' caught an error and did not throw it again`)
  } catch (thrown) {
    return thrown
  }
}

async function yieldedTwice(generator: AnyGenerator, label: string): Promise<never> {
  await generator.return(undefined)
  throw new TypeError(`The dependency '${label}' yielded twice: it has to yield its value once`)
}
