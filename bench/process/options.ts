import { type ParseArgsConfig, parseArgs } from 'node:util'

type Options = NonNullable<ParseArgsConfig['options']>
type Values<T extends Options> = ReturnType<typeof parseArgs<{ readonly options: T }>>['values']

/** What the options of a command say. One that there is not, and `--help`, ends it and tells of those that there are. */
export function optionsOf<const T extends Options>(options: T): Values<T> {
  const names = Object.entries(options).map(([name, { multiple, default: given }]) =>
    [`--${name}`, multiple && '(may be repeated)', typeof given === 'string' && `(default ${given})`]
      .filter(Boolean)
      .join(' '),
  )
  const known = `Options: ${names.join(', ')}`
  if (process.argv.includes('--help')) {
    console.log(known)
    process.exit(0)
  }
  try {
    return parseArgs({ options }).values as Values<T>
  } catch (error) {
    return refuse(`${(error as Error).message}\n${known}`)
  }
}

/** A number of an option, above 0. */
export function positive(value: string, name: string): number {
  const number = Number(value)
  return number > 0 ? number : refuse(`--${name} has to be a number above 0, not '${value}'`)
}

/**
 * Those of the names that are asked for, which have to be known: a misspelt one would measure nothing, and say so to
 * nobody.
 *
 * @param asked `undefined` for all
 */
export function chosen<T extends string>(asked: readonly string[] | undefined, all: readonly T[], what: string): T[] {
  const unknown = asked?.find((name) => !all.some((one) => one === name))
  if (unknown !== undefined) return refuse(`There is no ${what} '${unknown}', only '${all.join("', '")}'`)
  return all.filter((name) => asked?.includes(name) ?? true)
}

/** Every name once: some are those of several things. */
export function allNamed<T extends string>(things: readonly { readonly name: T }[]): T[] {
  return [...new Set(things.map(({ name }) => name))]
}

function refuse(message: string): never {
  console.error(message)
  process.exit(2)
}
