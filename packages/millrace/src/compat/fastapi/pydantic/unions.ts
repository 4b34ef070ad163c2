import { pythonText } from './literals.ts'
import { isMoreExact, type Parse, type Report } from './report.ts'

/** One branch of a union, and what pydantic calls it. */
export interface Branch {
  readonly label: string
  readonly parse: Parse
}

/**
 * A union, in pydantic's smart mode: the first branch without models that takes the value as it is; else that of
 * which most fields have come, then the one that takes the value most exactly, then the first. Where none takes it,
 * each tells why, under its name.
 */
export function union(branches: readonly Branch[]): Parse {
  return (value, report) => {
    let best: { readonly result: unknown; readonly report: Report; readonly branch: number } | undefined
    const failed: Report[] = []
    for (const [branch, { label, parse }] of branches.entries()) {
      const own = report.branch(label)
      const result = parse(value, own)
      if (own.issues.length > 0) {
        failed.push(own)
        continue
      }
      const isExact = own.exactness === 'exact' && own.fieldsSet === undefined
      if (isExact || !best || isBetter(own, best.report)) best = { result, report: own, branch }
      if (isExact) break
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
  if (one.fieldsSet !== undefined && other.fieldsSet !== undefined && one.fieldsSet !== other.fieldsSet)
    return one.fieldsSet > other.fieldsSet
  return isMoreExact(one.exactness, other.exactness)
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
