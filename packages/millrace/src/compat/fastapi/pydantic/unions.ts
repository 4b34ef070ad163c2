import { pythonText } from './literals.ts'
import type { Parse, Report } from './report.ts'

/** One branch of a union, and what pydantic calls it. */
export interface Branch {
  readonly label: string
  readonly parse: Parse
}

/**
 * A union, in pydantic's smart mode: of the branches that take the value the one of which most fields have come,
 * then one that takes it as it is, then the first. Where there is none, each tells why, under its name.
 */
export function union(branches: readonly Branch[]): Parse {
  return (value, report) => {
    let best: { readonly result: unknown; readonly report: Report; readonly branch: number } | undefined
    const failed: Report[] = []
    for (const [branch, { label, parse }] of branches.entries()) {
      const own = report.branch(label)
      const result = parse(value, own)
      if (own.issues.length > 0) failed.push(own)
      else if (!best || isBetter(own, best.report)) best = { result, report: own, branch }
    }
    if (best) {
      report.choose(best.branch, best.report)
      return best.result
    }
    for (const own of failed) report.take(own)
    return value
  }
}

function isBetter(one: Report, other: Report): boolean {
  if (one.fieldsSet !== other.fieldsSet) return one.fieldsSet > other.fieldsSet
  return other.isCoerced && !one.isCoerced
}

/** A union whose branches are told apart by the value of one property, the tag. */
export function taggedUnion(discriminator: string, branches: ReadonlyMap<unknown, Parse>): Parse {
  const quoted = `'${discriminator}'`
  const expectedTags = [...branches.keys()].map(pythonText).join(', ')
  return (value, report) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      report.fail('model_attributes_type', value)
      return value
    }
    if (!Object.hasOwn(value, discriminator)) {
      report.fail('union_tag_not_found', value, { discriminator: quoted })
      return value
    }
    const tag = (value as Record<string, unknown>)[discriminator]
    const parse = branches.get(tag)
    if (!parse) {
      const told = typeof tag === 'string' ? tag : pythonText(tag)
      report.fail('union_tag_invalid', value, { discriminator: quoted, tag: told, expected_tags: expectedTags })
      return value
    }
    report.mark(typeof tag === 'number' ? tag : String(tag))
    const result = parse(value, report)
    report.unmark()
    return result
  }
}

/** `null`, or something else. */
export function nullable(parse: Parse): Parse {
  return (value, report) => (value === null ? null : parse(value, report))
}
