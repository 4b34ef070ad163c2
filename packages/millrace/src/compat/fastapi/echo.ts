import type { PydanticIssue } from './pydantic/report.ts'

/**
 * How much of a request is sent back in all, in characters. An error sends back the whole object that it is about,
 * and one about a part of that sends the part back again: of a body that is nested deeply, that would be many times
 * what came.
 */
const maxEchoed = 4 * 1024 * 1024

/** The issues, of which the last do not send back what came once that was too much. */
export function withinBudget(issues: readonly PydanticIssue[]): readonly PydanticIssue[] {
  let left = maxEchoed
  return issues.map((issue) => {
    left -= sizeOf(issue.error.input, left)
    return left < 0 ? redacted(issue) : issue
  })
}

/** The issue with what is known of a file in place of the file. */
export function withoutFile(issue: PydanticIssue): PydanticIssue {
  const { input } = issue.error
  if (!(input instanceof File)) return issue
  const { name: filename, size, type } = input
  return { ...issue, error: { ...issue.error, input: { filename, size, headers: { 'content-type': type } } } }
}

/** The issue without what came. */
export function redacted(issue: PydanticIssue): PydanticIssue {
  return { ...issue, error: { ...issue.error, input: null } }
}

/** About the length of a value in JSON; it is not looked at further once that is beyond a limit. */
function sizeOf(root: unknown, limit: number): number {
  let size = 0
  const rest: unknown[] = [root]
  while (rest.length > 0 && size <= limit) {
    const value = rest.pop()
    if (typeof value === 'string') size += value.length + 2
    else if (typeof value !== 'object' || value === null) size += 8
    else
      for (const key in value) {
        size += key.length + 4
        rest.push((value as Record<string, unknown>)[key])
      }
  }
  return size
}
