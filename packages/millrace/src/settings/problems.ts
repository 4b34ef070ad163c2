import type { StandardSchemaV1 } from '@standard-schema/spec'
import { issuesOf } from '../check/issues.ts'
import { type Naming, variableOf } from './variables.ts'

/** One line for each thing that is wrong: its variable, and what is wrong with it; never what it holds. */
export function problemsOf(
  issues: readonly StandardSchemaV1.Issue[],
  raw: unknown,
  malformed: readonly string[],
  { prefix, nested }: Naming,
): readonly string[] {
  const isMalformed = (name: string) => malformed.some((one) => name === one || name.startsWith(one + nested))
  const found = issuesOf(issues, 'body', raw)
    .map(({ path, code, message }) => ({ name: nameOf(path), message: code === 'missing' ? 'is not set' : message }))
    .filter(({ name }) => !isMalformed(name))
  return [
    ...malformed.map((name) => `${name}: is not valid JSON`),
    ...new Set(found.map(({ name, message }) => `${name}: ${message}`)),
  ]

  /** An item of a list is told by its place: `TAGS[1]`. */
  function nameOf(path: readonly (string | number)[]): string {
    let name = prefix
    path.forEach((step, index) => {
      if (typeof step === 'number') name += `[${step}]`
      else name += (index > 0 ? nested : '') + variableOf(step)
    })
    return name || 'The settings'
  }
}
